mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::__private::{Fork, Has, Leaf, ScopePath, ScopeProof, ScopeTree};
use policy_core::{Operation, OperationRef, Scope, ScopeType};

// A second name for an operation, which claims what another one requires.
enum Documents {}

impl Operation for Documents {
    type Document = policy::Api;
    type Always = <ListEncounters as Operation>::Always;
    type Row = <GetDocument as Operation>::Row;
}

const _: OperationRef<policy::Api> = OperationRef::of::<Documents>();

// A second name for a scope, in the place of another one.
enum Everything {}

impl ScopeType for Everything {
    type Document = policy::Api;
    type Path = <DocumentsRead as ScopeType>::Path;
    const INDEX: u16 = Admin::INDEX;
    const PROOF: ScopeProof<Self> = ScopeProof::check("admin");
}

const _: Scope<policy::Api> = Scope::of::<Everything>();

// A set of one's own that has everything.
enum All {}

impl ScopeTree for All {}
impl<P: ScopePath> Has<P> for All {}
impl Has<<Admin as ScopeType>::Path> for Fork<Leaf, Leaf> {}

fn main() {}
