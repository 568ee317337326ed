//! The keys of `policy.toml`, in a build without the feature `tools`, which makes no JSON schema.
//!
//! What a key's value can be is still written beside the key, and compiled to nothing.

/// A key of a table of the file.
pub struct Key {
    /// Its name.
    pub name: &'static str,
}

/// What the schema says of a value.
pub struct Value;

/// Leaves out the JSON.
macro_rules! json {
    ($($written:tt)*) => {
        $crate::configuration::schema::Value
    };
}
pub(crate) use json;

pub const fn key(name: &'static str, _about: &'static str, _value: fn() -> Value) -> Key {
    Key { name }
}

impl Key {
    pub const fn required(self) -> Self {
        self
    }
}

pub fn table(_: &[Key]) -> Value {
    Value
}

pub fn tables(_: &[Key]) -> Value {
    Value
}

pub fn text() -> Value {
    Value
}

pub fn said() -> Value {
    Value
}

pub fn texts() -> Value {
    Value
}

pub fn day() -> Value {
    Value
}

pub fn words<T>(_: &[(&'static str, T)]) -> Value {
    Value
}

pub fn word_of_each<T>(_: impl Iterator<Item = (&'static str, &'static str)>, _: &[(&'static str, T)]) -> Value {
    Value
}
