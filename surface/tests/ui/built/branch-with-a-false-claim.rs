#[path = "../policy/mod.rs"]
mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::{AlternativeAt, Branch, Carries, Met, Permit};

// Alternatives may not be passed over,
const fn passed_over(permit: &Permit<GetAudio>) -> Met<'_, GetAudio, 7> {
    match permit.met().split() {
        Ok(_) => panic!(),
        Err(later) => later,
    }
}

// the first of several is not the last,
const fn not_the_last(permit: &Permit<GetAudio>) -> Branch<'_, GetAudio, 0> {
    permit.met().last()
}

// and what is claimed of an alternative is what the document says.
impl AlternativeAt<0> for GetDocument {
    type Scopes = <GetAudio as AlternativeAt<0>>::Scopes;
}

const fn claimed(permit: &Permit<GetDocument>) -> Branch<'_, GetDocument, 0> {
    permit.met().last()
}

fn reads_recordings(_permit: &impl Carries<RecordingsRead>) {}

fn handler(permit: &Permit<GetDocument>) {
    reads_recordings(&claimed(permit));
}

fn main() {
    // A function is only looked at where something runs it.
    let _: fn(&Permit<GetAudio>) -> Met<'_, GetAudio, 7> = passed_over;
    let _: fn(&Permit<GetAudio>) -> Branch<'_, GetAudio, 0> = not_the_last;
    let _: fn(&Permit<GetDocument>) = handler;
}
