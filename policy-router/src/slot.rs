//! A node of the table: eight integers, half a cache line.
//!
//! The literal children of a node lie at `base + (hash >> shift & mask)`, in places that no other node needs, so that a
//! step is one load, one comparison of the parent and one of the text. All other children are named by their index.

/// A node as it stands in the table.
pub(crate) type Slot = [u32; 8];

/// Where in [`Slot`] each field is.
pub(crate) const TEXT: usize = 0;
/// Length of the text, kind, shift, mask width, flags.
pub(crate) const INFO: usize = 1;
pub(crate) const BASE: usize = 2;
pub(crate) const PARENT: usize = 3;
pub(crate) const PARAMETER_CHILD: usize = 4;
pub(crate) const PARTIAL_CHILD: usize = 5;
pub(crate) const METHODS: usize = 6;
pub(crate) const OPERATIONS: usize = 7;

/// The parent of the root, and of places that no node needed: no index is as great.
pub(crate) const NOBODY: u32 = u32::MAX >> 2;
const PARTIAL: u32 = 1 << 30;
const PARAMETER: u32 = 1 << 31;

/// What stands in the parent's field of a partial child. Of a literal child it is the index itself, so that one
/// comparison tells a parent's literals from everything else.
#[inline]
pub(crate) fn partial_of(parent: u32) -> u32 {
    parent | PARTIAL
}

/// What stands in the parent's field of a parameter child.
pub(crate) fn parameter_of(parent: u32) -> u32 {
    parent | PARAMETER
}

/// The parent, whatever the kind of the child.
#[inline]
pub(crate) fn parent_of(field: u32) -> u32 {
    field & !(PARTIAL | PARAMETER)
}

/// How a node was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Literal,
    Partial,
    Parameter,
}

/// The packed field of a slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeInfo(pub(crate) u32);

impl NodeInfo {
    const LENGTH: u32 = 0x7fff;
    const PARTIAL: u32 = 1 << 16;
    const PARAMETER: u32 = 1 << 17;
    /// The node has children that are not literals.
    const CHOICE: u32 = 1 << 15;
    /// The node has literal children.
    const LITERALS: u32 = 1 << 18;
    /// Another sibling has the same place; `siblings` of the table says which.
    const SIBLING: u32 = 1 << 19;
    const WIDTH: u32 = 20;
    const WIDTHS: u32 = 0x1f << Self::WIDTH;
    /// The text is one segment of at most sixteen bytes.
    const SHORT: u32 = 1 << 25;
    const SHIFT: u32 = 26;

    pub(crate) const LONGEST: usize = Self::LENGTH as usize;
    pub(crate) const WIDEST: u32 = 24;
    pub(crate) const SHIFTS: u32 = 36;

    pub(crate) fn new(length: u32, kind: Kind) -> Self {
        let kind = match kind {
            Kind::Literal => 0,
            Kind::Partial => Self::PARTIAL,
            Kind::Parameter => Self::PARAMETER,
        };
        Self(length & Self::LENGTH | kind)
    }

    /// With literal children in `2^width` places, chosen by the hash's bits from `shift` on.
    pub(crate) fn with_literals(self, width: u32, shift: u32) -> Self {
        Self(self.0 | Self::LITERALS | width << Self::WIDTH | shift << Self::SHIFT)
    }

    pub(crate) fn with_choice(self) -> Self {
        Self(self.0 | Self::CHOICE)
    }

    pub(crate) fn with_sibling(self) -> Self {
        Self(self.0 | Self::SIBLING)
    }

    pub(crate) fn with_short_text(self) -> Self {
        Self(self.0 | Self::SHORT)
    }

    #[inline]
    pub(crate) fn length(self) -> usize {
        (self.0 & Self::LENGTH) as usize
    }

    #[inline]
    pub(crate) fn kind(self) -> Kind {
        if self.0 & Self::PARTIAL != 0 {
            Kind::Partial
        } else if self.0 & Self::PARAMETER != 0 {
            Kind::Parameter
        } else {
            Kind::Literal
        }
    }

    #[inline]
    pub(crate) fn has_literals(self) -> bool {
        self.0 & Self::LITERALS != 0
    }

    /// Whether there are children that are not literals.
    #[inline]
    pub(crate) fn has_choice(self) -> bool {
        self.0 & Self::CHOICE != 0
    }

    #[inline]
    pub(crate) fn has_sibling(self) -> bool {
        self.0 & Self::SIBLING != 0
    }

    /// Whether the text is one segment that two words say all about.
    #[inline]
    pub(crate) fn has_short_text(self) -> bool {
        self.0 & Self::SHORT != 0
    }

    /// Whether the literal children have more than one place.
    #[inline]
    pub(crate) fn has_places(self) -> bool {
        self.0 & Self::WIDTHS != 0
    }

    /// The place of a literal child, counted from the base.
    #[inline]
    pub(crate) fn place(self, hash: u64) -> usize {
        place(hash, self.0 >> Self::WIDTH & 0x1f, self.0 >> Self::SHIFT)
    }
}

/// The `width` bits of the hash from `shift` on.
#[inline]
pub(crate) fn place(hash: u64, width: u32, shift: u32) -> usize {
    (hash >> shift & ((1 << width) - 1)) as usize
}
