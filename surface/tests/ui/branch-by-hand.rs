mod policy;

use policy::operations::*;
use policy_core::{Branch, Permit};

fn constructor(permit: &Permit<GetAudio>) -> Branch<'_, GetAudio, 1> {
    Branch::of(permit)
}

fn without_asking_for_the_first(permit: &Permit<GetAudio>) -> Branch<'_, GetAudio, 1> {
    permit.met().last()
}

fn variant(permit: &Permit<GetAudio>) -> GetAudioAlternative<'_> {
    GetAudioAlternative::OAuth2WithAdmin(permit)
}

fn main() {
    let _ = (constructor, without_asking_for_the_first, variant);
}
