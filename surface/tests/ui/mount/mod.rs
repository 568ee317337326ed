//! What an adapter's builder does with a handler list, without a framework.

use policy_core::handler_list::{Elsewhere, GuardedHandler};
use policy_core::{Operation, OperationRef};

use super::policy::Api;

#[derive(Default)]
pub struct Mount {
    pub handlers: Vec<OperationRef<Api>>,
    pub pending: Vec<(OperationRef<Api>, &'static str)>,
    pub elsewhere: Vec<(OperationRef<Api>, Elsewhere)>,
}

impl Mount {
    pub fn handler<M, H>(mut self, _handler: H) -> Self
    where
        H: GuardedHandler<M, Operation: Operation<Document = Api>>,
    {
        self.handlers.push(OperationRef::of::<H::Operation>());
        self
    }

    pub fn pending<O: Operation<Document = Api>>(mut self, reason: &'static str) -> Self {
        self.pending.push((OperationRef::of::<O>(), reason));
        self
    }

    pub fn elsewhere<O: Operation<Document = Api>>(mut self, elsewhere: Elsewhere) -> Self {
        self.elsewhere.push((OperationRef::of::<O>(), elsewhere));
        self
    }
}

pub fn mount(list: impl FnOnce(Mount) -> Mount) -> Mount {
    list(Mount::default())
}
