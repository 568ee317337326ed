//! A clinical policy, as `policy-build` generates it.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {}

impl ::policy_core::Document for Api {
    type Words = [u64; 1];
    type OperationWords = [u64; 1];
    type Grants = [::core::option::Option<::policy_core::ScopeSet<Self>>; 1];
    type Order = ::policy_core::order::EnablementFirst;
    const DEFINITION: &'static ::policy_core::PolicyDefinition = &DEFINITION;
}

/// The policy.
pub static POLICY: ::policy_core::Policy<Api> = ::policy_core::Policy::new();

static DEFINITION: ::policy_core::PolicyDefinition =
    ::policy_core::PolicyDefinition::new(::policy_core::__private::PolicyParts {
        title: "Clinic", version: "1.0.0", source: "clinic.yaml", base_path: "/external/v1", fingerprint: "0123456789abcdef",
        scopes: &SCOPES, schemes: &SCHEMES, operations: &OPERATIONS, webhooks: &[], index: &INDEX,
    });

static SCOPES: [::policy_core::ScopeDefinition; 6] = [
    ::policy_core::ScopeDefinition::new("admin", ::core::option::Option::None, true),
    ::policy_core::ScopeDefinition::new("documents:read", ::core::option::Option::None, true),
    ::policy_core::ScopeDefinition::new("encounters:read", ::core::option::Option::None, true),
    ::policy_core::ScopeDefinition::new("patients:read", ::core::option::Option::None, true),
    ::policy_core::ScopeDefinition::new("recordings:read", ::core::option::Option::None, true),
    ::policy_core::ScopeDefinition::new("transcripts:read", ::core::option::Option::None, true),
];
static SCHEMES: [::policy_core::SchemeDefinition; 1] = [::policy_core::SchemeDefinition::new("ApiKey", ::policy_core::SchemeKind::Bearer)];
static OPERATIONS: [::policy_core::OperationDefinition; 5] = [
    ::policy_core::OperationDefinition::new(::policy_core::__private::OperationParts {
        index: 0, method: "GET", template: "/external/v1/encounters", operation_id: ::core::option::Option::None, type_name: "ListEncounters", summary: ::core::option::Option::None,
        access: ::policy_core::Access::Required, alternatives: &[::policy_core::Alternative::new(&[::policy_core::SchemeRequirement::new(0, &[])], &[1,2,3])],
        query: ::policy_core::QueryAllowList::new(&[], &[], false), location: "clinic.yaml:41:28",
    }),
    ::policy_core::OperationDefinition::new(::policy_core::__private::OperationParts {
        index: 1, method: "GET", template: "/external/v1/encounters/{encounter_id}", operation_id: ::core::option::Option::None, type_name: "GetEncounter", summary: ::core::option::Option::None,
        access: ::policy_core::Access::Required, alternatives: &[::policy_core::Alternative::new(&[::policy_core::SchemeRequirement::new(0, &[])], &[2,3])],
        query: ::policy_core::QueryAllowList::new(&[], &[], false), location: "clinic.yaml:62:28",
    }),
    ::policy_core::OperationDefinition::new(::policy_core::__private::OperationParts {
        index: 2, method: "GET", template: "/external/v1/documents/{document_id}", operation_id: ::core::option::Option::None, type_name: "GetDocument", summary: ::core::option::Option::None,
        access: ::policy_core::Access::Required, alternatives: &[::policy_core::Alternative::new(&[::policy_core::SchemeRequirement::new(0, &[])], &[1])],
        query: ::policy_core::QueryAllowList::new(&[], &[], false), location: "clinic.yaml:83:28",
    }),
    ::policy_core::OperationDefinition::new(::policy_core::__private::OperationParts {
        index: 3, method: "GET", template: "/external/v1/recordings/{recording_id}/audio", operation_id: ::core::option::Option::None, type_name: "GetAudio", summary: ::core::option::Option::None,
        access: ::policy_core::Access::Required, alternatives: &[::policy_core::Alternative::new(&[::policy_core::SchemeRequirement::new(0, &[])], &[4,2]),::policy_core::Alternative::new(&[::policy_core::SchemeRequirement::new(0, &[])], &[0])],
        query: ::policy_core::QueryAllowList::new(&[], &[], false), location: "clinic.yaml:104:28",
    }),
    ::policy_core::OperationDefinition::new(::policy_core::__private::OperationParts {
        index: 4, method: "GET", template: "/external/v1/status", operation_id: ::core::option::Option::None, type_name: "GetStatus", summary: ::core::option::Option::None,
        access: ::policy_core::Access::Public, alternatives: &[],
        query: ::policy_core::QueryAllowList::new(&[], &[], false), location: "clinic.yaml:125:7",
    }),
];
static INDEX: ::policy_core::__private::phf::Map<(&'static str, &'static str), u32> =
    ::policy_core::__private::phf::Map { key: 0, disps: &[], entries: &[] };

/// The operations.
pub mod operations {
    /// `GET /external/v1/encounters`
    #[derive(Clone, Copy, Debug)]
    pub enum ListEncounters {}

    impl ::policy_core::Operation for ListEncounters {
        type Document = super::Api;
        const INDEX: u32 = 0;
        const PROOF: ::policy_core::__private::OperationProof<Self> =
            ::policy_core::__private::OperationProof::check("GET", "/external/v1/encounters");
    }

    #[doc(hidden)]
    macro_rules! __ListEncounters {
        (@doc) => {
            "`GET /external/v1/encounters` requires `documents:read`, `encounters:read`, `patients:read` (clinic.yaml:41:28)."
        };
        ($callback:path, $($passed:tt)*) => {
            $callback! { { "ListEncounters" "GET" "/external/v1/encounters" "clinic.yaml:41:28" [["documents:read" "encounters:read" "patients:read"]] } $($passed)* }
        };
    }
    #[allow(unused_imports)]
    pub(crate) use __ListEncounters as ListEncounters;

    impl super::scopes::RequiresDocumentsRead for ListEncounters {
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, super::scopes::DocumentsRead> =
            ::policy_core::__private::RequiresProof::check();
    }
    impl super::scopes::RequiresEncountersRead for ListEncounters {
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, super::scopes::EncountersRead> =
            ::policy_core::__private::RequiresProof::check();
    }
    impl super::scopes::RequiresPatientsRead for ListEncounters {
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, super::scopes::PatientsRead> =
            ::policy_core::__private::RequiresProof::check();
    }
    /// `GET /external/v1/encounters/{encounter_id}`
    #[derive(Clone, Copy, Debug)]
    pub enum GetEncounter {}

    impl ::policy_core::Operation for GetEncounter {
        type Document = super::Api;
        const INDEX: u32 = 1;
        const PROOF: ::policy_core::__private::OperationProof<Self> =
            ::policy_core::__private::OperationProof::check("GET", "/external/v1/encounters/{encounter_id}");
    }

    #[doc(hidden)]
    macro_rules! __GetEncounter {
        (@doc) => {
            "`GET /external/v1/encounters/{encounter_id}` requires `encounters:read`, `patients:read` (clinic.yaml:62:28)."
        };
        ($callback:path, $($passed:tt)*) => {
            $callback! { { "GetEncounter" "GET" "/external/v1/encounters/{encounter_id}" "clinic.yaml:62:28" [["encounters:read" "patients:read"]] } $($passed)* }
        };
    }
    #[allow(unused_imports)]
    pub(crate) use __GetEncounter as GetEncounter;

    impl super::scopes::RequiresEncountersRead for GetEncounter {
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, super::scopes::EncountersRead> =
            ::policy_core::__private::RequiresProof::check();
    }
    impl super::scopes::RequiresPatientsRead for GetEncounter {
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, super::scopes::PatientsRead> =
            ::policy_core::__private::RequiresProof::check();
    }
    /// `GET /external/v1/documents/{document_id}`
    #[derive(Clone, Copy, Debug)]
    pub enum GetDocument {}

    impl ::policy_core::Operation for GetDocument {
        type Document = super::Api;
        const INDEX: u32 = 2;
        const PROOF: ::policy_core::__private::OperationProof<Self> =
            ::policy_core::__private::OperationProof::check("GET", "/external/v1/documents/{document_id}");
    }

    #[doc(hidden)]
    macro_rules! __GetDocument {
        (@doc) => {
            "`GET /external/v1/documents/{document_id}` requires `documents:read` (clinic.yaml:83:28)."
        };
        ($callback:path, $($passed:tt)*) => {
            $callback! { { "GetDocument" "GET" "/external/v1/documents/{document_id}" "clinic.yaml:83:28" [["documents:read"]] } $($passed)* }
        };
    }
    #[allow(unused_imports)]
    pub(crate) use __GetDocument as GetDocument;

    impl super::scopes::RequiresDocumentsRead for GetDocument {
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, super::scopes::DocumentsRead> =
            ::policy_core::__private::RequiresProof::check();
    }
    /// `GET /external/v1/recordings/{recording_id}/audio`
    #[derive(Clone, Copy, Debug)]
    pub enum GetAudio {}

    impl ::policy_core::Operation for GetAudio {
        type Document = super::Api;
        const INDEX: u32 = 3;
        const PROOF: ::policy_core::__private::OperationProof<Self> =
            ::policy_core::__private::OperationProof::check("GET", "/external/v1/recordings/{recording_id}/audio");
    }

    #[doc(hidden)]
    macro_rules! __GetAudio {
        (@doc) => {
            "`GET /external/v1/recordings/{recording_id}/audio` requires `encounters:read`, `recordings:read` or `admin` (clinic.yaml:104:28)."
        };
        ($callback:path, $($passed:tt)*) => {
            $callback! { { "GetAudio" "GET" "/external/v1/recordings/{recording_id}/audio" "clinic.yaml:104:28" [["encounters:read" "recordings:read"] ["admin"]] } $($passed)* }
        };
    }
    #[allow(unused_imports)]
    pub(crate) use __GetAudio as GetAudio;

    /// `GET /external/v1/status`
    #[derive(Clone, Copy, Debug)]
    pub enum GetStatus {}

    impl ::policy_core::Operation for GetStatus {
        type Document = super::Api;
        const INDEX: u32 = 4;
        const PROOF: ::policy_core::__private::OperationProof<Self> =
            ::policy_core::__private::OperationProof::check("GET", "/external/v1/status");
    }

    #[doc(hidden)]
    macro_rules! __GetStatus {
        (@doc) => {
            "`GET /external/v1/status` requires nothing (clinic.yaml:125:7)."
        };
        ($callback:path, $($passed:tt)*) => {
            $callback! { { "GetStatus" "GET" "/external/v1/status" "clinic.yaml:125:7" [] } $($passed)* }
        };
    }
    #[allow(unused_imports)]
    pub(crate) use __GetStatus as GetStatus;

}

/// The scopes.
pub mod scopes {
    /// `admin`
    #[derive(Clone, Copy, Debug)]
    pub enum Admin {}

    impl ::policy_core::ScopeType for Admin {
        type Document = super::Api;
        const INDEX: u16 = 0;
        const PROOF: ::policy_core::__private::ScopeProof<Self> = ::policy_core::__private::ScopeProof::check("admin");
    }

    /// Operations that require `admin` in every alternative.
    #[diagnostic::on_unimplemented(
        message = "operation `{Self}` does not require scope `admin`",
        label = "reads what only `admin` opens",
        note = "require `admin` for the operation in clinic.yaml, or do not reach this data from it"
    )]
    pub trait RequiresAdmin: ::policy_core::Operation<Document = super::Api> {
        #[doc(hidden)]
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, Admin>;
    }

    impl<O: RequiresAdmin> ::policy_core::Carries<Admin> for ::policy_core::Permit<O> {
        const CARRIES: ::policy_core::__private::CarriesProof<Self, Admin> =
            ::policy_core::__private::CarriesProof::of_permit(O::REQUIRES);
    }

    /// `documents:read`
    #[derive(Clone, Copy, Debug)]
    pub enum DocumentsRead {}

    impl ::policy_core::ScopeType for DocumentsRead {
        type Document = super::Api;
        const INDEX: u16 = 1;
        const PROOF: ::policy_core::__private::ScopeProof<Self> = ::policy_core::__private::ScopeProof::check("documents:read");
    }

    /// Operations that require `documents:read` in every alternative.
    #[diagnostic::on_unimplemented(
        message = "operation `{Self}` does not require scope `documents:read`",
        label = "reads what only `documents:read` opens",
        note = "require `documents:read` for the operation in clinic.yaml, or do not reach this data from it"
    )]
    pub trait RequiresDocumentsRead: ::policy_core::Operation<Document = super::Api> {
        #[doc(hidden)]
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, DocumentsRead>;
    }

    impl<O: RequiresDocumentsRead> ::policy_core::Carries<DocumentsRead> for ::policy_core::Permit<O> {
        const CARRIES: ::policy_core::__private::CarriesProof<Self, DocumentsRead> =
            ::policy_core::__private::CarriesProof::of_permit(O::REQUIRES);
    }

    /// `encounters:read`
    #[derive(Clone, Copy, Debug)]
    pub enum EncountersRead {}

    impl ::policy_core::ScopeType for EncountersRead {
        type Document = super::Api;
        const INDEX: u16 = 2;
        const PROOF: ::policy_core::__private::ScopeProof<Self> = ::policy_core::__private::ScopeProof::check("encounters:read");
    }

    /// Operations that require `encounters:read` in every alternative.
    #[diagnostic::on_unimplemented(
        message = "operation `{Self}` does not require scope `encounters:read`",
        label = "reads what only `encounters:read` opens",
        note = "require `encounters:read` for the operation in clinic.yaml, or do not reach this data from it"
    )]
    pub trait RequiresEncountersRead: ::policy_core::Operation<Document = super::Api> {
        #[doc(hidden)]
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, EncountersRead>;
    }

    impl<O: RequiresEncountersRead> ::policy_core::Carries<EncountersRead> for ::policy_core::Permit<O> {
        const CARRIES: ::policy_core::__private::CarriesProof<Self, EncountersRead> =
            ::policy_core::__private::CarriesProof::of_permit(O::REQUIRES);
    }

    /// `patients:read`
    #[derive(Clone, Copy, Debug)]
    pub enum PatientsRead {}

    impl ::policy_core::ScopeType for PatientsRead {
        type Document = super::Api;
        const INDEX: u16 = 3;
        const PROOF: ::policy_core::__private::ScopeProof<Self> = ::policy_core::__private::ScopeProof::check("patients:read");
    }

    /// Operations that require `patients:read` in every alternative.
    #[diagnostic::on_unimplemented(
        message = "operation `{Self}` does not require scope `patients:read`",
        label = "reads what only `patients:read` opens",
        note = "require `patients:read` for the operation in clinic.yaml, or do not reach this data from it"
    )]
    pub trait RequiresPatientsRead: ::policy_core::Operation<Document = super::Api> {
        #[doc(hidden)]
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, PatientsRead>;
    }

    impl<O: RequiresPatientsRead> ::policy_core::Carries<PatientsRead> for ::policy_core::Permit<O> {
        const CARRIES: ::policy_core::__private::CarriesProof<Self, PatientsRead> =
            ::policy_core::__private::CarriesProof::of_permit(O::REQUIRES);
    }

    /// `recordings:read`
    #[derive(Clone, Copy, Debug)]
    pub enum RecordingsRead {}

    impl ::policy_core::ScopeType for RecordingsRead {
        type Document = super::Api;
        const INDEX: u16 = 4;
        const PROOF: ::policy_core::__private::ScopeProof<Self> = ::policy_core::__private::ScopeProof::check("recordings:read");
    }

    /// Operations that require `recordings:read` in every alternative.
    #[diagnostic::on_unimplemented(
        message = "operation `{Self}` does not require scope `recordings:read`",
        label = "reads what only `recordings:read` opens",
        note = "require `recordings:read` for the operation in clinic.yaml, or do not reach this data from it"
    )]
    pub trait RequiresRecordingsRead: ::policy_core::Operation<Document = super::Api> {
        #[doc(hidden)]
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, RecordingsRead>;
    }

    impl<O: RequiresRecordingsRead> ::policy_core::Carries<RecordingsRead> for ::policy_core::Permit<O> {
        const CARRIES: ::policy_core::__private::CarriesProof<Self, RecordingsRead> =
            ::policy_core::__private::CarriesProof::of_permit(O::REQUIRES);
    }

    /// `transcripts:read`
    #[derive(Clone, Copy, Debug)]
    pub enum TranscriptsRead {}

    impl ::policy_core::ScopeType for TranscriptsRead {
        type Document = super::Api;
        const INDEX: u16 = 5;
        const PROOF: ::policy_core::__private::ScopeProof<Self> = ::policy_core::__private::ScopeProof::check("transcripts:read");
    }

    /// Operations that require `transcripts:read` in every alternative.
    #[diagnostic::on_unimplemented(
        message = "operation `{Self}` does not require scope `transcripts:read`",
        label = "reads what only `transcripts:read` opens",
        note = "require `transcripts:read` for the operation in clinic.yaml, or do not reach this data from it"
    )]
    pub trait RequiresTranscriptsRead: ::policy_core::Operation<Document = super::Api> {
        #[doc(hidden)]
        const REQUIRES: ::policy_core::__private::RequiresProof<Self, TranscriptsRead>;
    }

    impl<O: RequiresTranscriptsRead> ::policy_core::Carries<TranscriptsRead> for ::policy_core::Permit<O> {
        const CARRIES: ::policy_core::__private::CarriesProof<Self, TranscriptsRead> =
            ::policy_core::__private::CarriesProof::of_permit(O::REQUIRES);
    }

}
