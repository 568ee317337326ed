mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::__private::Grants;
use policy_core::{AlternativeAt, Branch, Operation, Permit};

// An alternative that does not require the scope.
impl Grants<EncountersRead> for Branch<'_, GetAudio, 1> {}

// Every operation at once.
impl<O: Operation<Document = policy::Api>> Grants<Admin> for Permit<O> {}

// Another claim for an alternative of the document.
impl AlternativeAt<1> for GetAudio {
    type Scopes = <GetAudio as AlternativeAt<0>>::Scopes;
}

fn main() {}
