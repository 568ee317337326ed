mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::{Carries, Permit, operation};

fn patient_name(_permit: &impl Carries<PatientsRead>) -> String {
    String::new()
}

#[operation(ListEncounters)]
async fn list_encounters(permit: Permit<ListEncounters>) -> String {
    patient_name(&permit)
}

#[operation(GetDocument)]
async fn get_document(permit: Permit<GetDocument>) -> String {
    patient_name(&permit)
}

fn main() {
    let _ = (list_encounters, get_document);
}
