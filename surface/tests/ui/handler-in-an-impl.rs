mod policy;

use policy::operations::*;
use policy_core::{Operation, Permit, operation};

struct Documents<O>(O);

impl<O: Operation> Documents<O> {
    // What an `impl` is for may not choose the operation.
    #[operation(GetDocument)]
    async fn get_document(_permit: Permit<O>) {}
}

impl Documents<GetStatus> {
    #[operation(GetAudio, scopes("admin"))]
    async fn get_audio(_permit: Permit<GetEncounter>) {}
}

trait Encounters {
    async fn get_encounter(permit: Permit<GetEncounter>);
}

impl Encounters for Documents<GetStatus> {
    #[operation(GetEncounter)]
    async fn get_encounter(_permit: Permit<GetEncounter>) {}
}

fn main() {}
