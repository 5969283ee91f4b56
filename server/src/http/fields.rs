//! DRF's serializers: what each field of a resource is called, is made of, and must hold; and how a body is read.
//!
//! A [`Serializer`] is a list of [`Field`]s in the order of bodies. The same list reads bodies (`form.rs`), writes
//! answers (`answer.rs`) and answers to OPTIONS (`metadata.rs`).

use django::validators::Message;

/// The fields of one resource.
pub(crate) struct Serializer(pub(crate) &'static [Field]);

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// An address of e-mail.
    Email,
    /// A whole number.
    Integer,
    /// An instant.
    Moment,
    /// Whether something holds.
    Flag,
    /// What another resource is called.
    Relation,
}

/// One field, as DRF's `CharField` and its kin.
#[expect(clippy::struct_excessive_bools, reason = "the flags of DRF's fields")]
pub struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    pub(crate) help: Option<&'static str>,
    /// A body that lacks it is refused, but for a PATCH.
    pub(crate) required: bool,
    /// Only answers have it.
    pub(crate) read_only: bool,
    /// No answer has it.
    pub(crate) write_only: bool,
    pub(crate) may_be_blank: bool,
    pub(crate) validators: &'static [Validator],
}

/// One validator.
pub(crate) enum Validator {
    /// At most that many code points.
    MaxLength(usize),
    /// Nobody has it yet; the handler looks and says so by [`Form::taken`](super::form::Form::taken).
    Unique(&'static str),
    /// Django's `ProhibitNullCharactersValidator`.
    NoNull,
    /// DRF's `ProhibitSurrogateCharactersValidator`.
    NoSurrogate,
    /// A rule of Django's about the whole text.
    Rule(fn(&str) -> Vec<Message>),
}

/// What every text field without rules of its own checks.
pub(crate) const PLAIN: &[Validator] = &[Validator::NoNull, Validator::NoSurrogate];

impl Kind {
    /// What OPTIONS calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Email => "email",
            Self::Integer => "integer",
            Self::Moment => "datetime",
            Self::Flag => "boolean",
            Self::Relation => "field",
        }
    }
}

/// What a text of at most so many code points checks.
struct AtMost<const MOST: usize>;

impl<const MOST: usize> AtMost<MOST> {
    const CHECKS: &'static [Validator] = &[
        Validator::MaxLength(MOST),
        Validator::NoNull,
        Validator::NoSurrogate,
    ];
}

/// For resources of one's own.
impl Field {
    /// The key, which only answers have: `id`.
    pub const fn id() -> Self {
        Self::read_only("id", "ID", Kind::Integer)
    }

    /// A required text of at most so many characters.
    pub const fn short<const MOST: usize>(name: &'static str, label: &'static str) -> Self {
        Self::text(name, label, AtMost::<MOST>::CHECKS)
    }

    /// A required text of any length.
    pub const fn long(name: &'static str, label: &'static str) -> Self {
        Self::text(name, label, PLAIN)
    }

    /// A text that only answers have.
    pub const fn shown(name: &'static str, label: &'static str) -> Self {
        Self::read_only(name, label, Kind::Text)
    }
}

impl Field {
    /// A required text field.
    pub(crate) const fn text(
        name: &'static str,
        label: &'static str,
        validators: &'static [Validator],
    ) -> Self {
        Self {
            name,
            label,
            kind: Kind::Text,
            help: None,
            required: true,
            read_only: false,
            write_only: false,
            may_be_blank: false,
            validators,
        }
    }

    /// A required email field that may be blank.
    pub(crate) const fn email(
        name: &'static str,
        label: &'static str,
        validators: &'static [Validator],
    ) -> Self {
        Self {
            kind: Kind::Email,
            may_be_blank: true,
            ..Self::text(name, label, validators)
        }
    }

    /// A field that only answers have.
    pub(crate) const fn read_only(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            kind,
            required: false,
            read_only: true,
            ..Self::text(name, label, &[])
        }
    }

    /// The same field, which no answer has.
    pub(crate) const fn write_only(self) -> Self {
        Self {
            write_only: true,
            ..self
        }
    }

    /// The same field, which a body may lack.
    pub(crate) const fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }

    /// The same field, required but possibly `""`.
    pub(crate) const fn or_blank(self) -> Self {
        Self {
            may_be_blank: true,
            ..self
        }
    }

    /// The same field with a sentence for people.
    pub(crate) const fn help(self, help: &'static str) -> Self {
        Self {
            help: Some(help),
            ..self
        }
    }

    /// The limit that OPTIONS shows.
    pub(crate) fn max_length(&self) -> Option<usize> {
        self.validators
            .iter()
            .find_map(|validator| match validator {
                Validator::MaxLength(length) => Some(*length),
                _ => None,
            })
    }
}
