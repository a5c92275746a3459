namespace Jmlr.Training;
