namespace Jmlr.Query;
