namespace Jmlr.Ingest.Privacy;

/// <summary>What looks like data that identifies a patient.</summary>
public enum PatientDataKind
{
    /// <summary>A number after "MRN", "hospital number", "patient ID" or the like.</summary>
    MedicalRecordNumber,
    /// <summary>A date after "date of birth" or "DOB".</summary>
    DateOfBirth,
    /// <summary>A name after "patient name".</summary>
    PatientName,
    /// <summary>A British NHS number, its check digit right.</summary>
    NhsNumber,
    /// <summary>A social security number of the USA.</summary>
    SocialSecurityNumber,
    /// <summary>Another national number: Canadian SIN, Scottish CHI, French NIR (check digits right), Medicare's MBI.</summary>
    NationalNumber,
    /// <summary>A telephone number beside one of the above.</summary>
    Phone,
    /// <summary>An e-mail address beside one of the above.</summary>
    Email,
}

/// <summary>A file that looks as if it had patients' data in it: how often, never what.</summary>
/// <param name="File">The file.</param>
/// <param name="Counts">Finds by kind; none is 0.</param>
public sealed record PatientDataWarning(string File, IReadOnlyDictionary<PatientDataKind, int> Counts);
