//! What the API's document says of one method of a URL, beyond what its route and its serializer tell.
//!
//! It stands beside the handler, and the table of routes takes it with `.told(…)`. `docs/` makes the document.

use super::fields::{Kind, Serializer};

/// One method of a URL.
#[derive(Clone)]
pub(crate) struct Operation {
    /// How programs call it: `createPost`.
    pub(crate) id: &'static str,
    /// What it does, in a few words.
    pub(crate) summary: &'static str,
    /// What else one has to know.
    pub(crate) details: &'static str,
    /// What the fields of its body are called together: `Post` makes `PostRequest`.
    pub(crate) takes: &'static str,
    /// A body, as JSON.
    pub(crate) example: &'static str,
    /// What it may answer where it succeeds.
    pub(crate) answers: Vec<Answer>,
    /// Statuses beyond those that follow from the route, and when.
    pub(crate) refusals: Vec<(u16, &'static str)>,
    pub(crate) parameters: Vec<Parameter>,
}

/// An answer of one that succeeds.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// When it is given.
    pub(crate) when: &'static str,
    pub(crate) shape: Shape,
    /// The resource in it, as JSON.
    pub(crate) example: &'static str,
    /// Fields that it has not always.
    pub(crate) at_times: Vec<&'static str>,
    /// Fields that may be null.
    pub(crate) nulls: Vec<&'static str>,
    /// Fields that it never has.
    pub(crate) without: Vec<&'static str>,
    /// Whether fields hold whatever a token says.
    pub(crate) is_loose: bool,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

/// What is in an answer.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// Nothing at all.
    Nothing,
    /// `{}`.
    Empty,
    /// A resource, by the name of what its fields are together.
    One(&'static str, &'static Serializer),
    /// An array of them.
    Many(&'static str, &'static Serializer),
    /// Some of them, in the envelope of DRF's `CursorPagination`.
    Page(&'static str, &'static Serializer),
}

/// Where a parameter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// A parameter. The `{pk}` of a path is a whole number where nothing else is said.
#[derive(Clone)]
pub(crate) struct Parameter {
    pub(crate) place: Place,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What it does.
    pub(crate) help: &'static str,
    pub(crate) range: Option<(i64, i64)>,
    /// A regular expression that a text fits.
    pub(crate) pattern: Option<&'static str>,
}

impl Operation {
    pub(crate) fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            details: "",
            takes: "",
            example: "",
            answers: Vec::new(),
            refusals: Vec::new(),
            parameters: Vec::new(),
        }
    }

    /// What else one has to know.
    pub(crate) fn details(self, details: &'static str) -> Self {
        Self { details, ..self }
    }

    /// What else one has to know; where nothing is told, what OPTIONS says of the URL.
    pub(crate) fn all_details(&self, of_url: &str) -> String {
        match self.details {
            "" => of_url.replace('\n', " "),
            details => details.to_owned(),
        }
    }

    /// The parameters, the key of the path first.
    pub(crate) fn all_parameters(&self, path: &str) -> Vec<Parameter> {
        let mut all = self.parameters.clone();
        let is_told = all.iter().any(|parameter| parameter.place == Place::Path);
        if path.contains("{pk}") && !is_told {
            all.insert(0, Parameter::key());
        }
        all
    }

    /// What its body is called, and one as JSON.
    pub(crate) fn takes(self, takes: &'static str, example: &'static str) -> Self {
        Self {
            takes,
            example,
            ..self
        }
    }

    pub(crate) fn answers(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// A refusal with DRF's `detail`.
    pub(crate) fn refuses(mut self, status: u16, when: &'static str) -> Self {
        self.refusals.push((status, when));
        self
    }

    pub(crate) fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// With this where it holds.
    pub(crate) fn and_if(self, holds: bool, more: impl FnOnce(Self) -> Self) -> Self {
        if holds { more(self) } else { self }
    }
}

impl Answer {
    fn new(status: u16, when: &'static str, shape: Shape) -> Self {
        Self {
            status,
            when,
            shape,
            example: "",
            at_times: Vec::new(),
            nulls: Vec::new(),
            without: Vec::new(),
            is_loose: false,
            headers: Vec::new(),
        }
    }

    /// An answer without a body.
    pub(crate) fn nothing(status: u16, when: &'static str) -> Self {
        Self::new(status, when, Shape::Nothing)
    }

    /// `{}`.
    pub(crate) fn empty(status: u16, when: &'static str) -> Self {
        Self::new(status, when, Shape::Empty)
    }

    /// A resource: the name of its fields together, and one as JSON.
    pub(crate) fn one(
        status: u16,
        when: &'static str,
        (name, fields): (&'static str, &'static Serializer),
        example: &'static str,
    ) -> Self {
        let answer = Self::new(status, when, Shape::One(name, fields));
        Self { example, ..answer }
    }

    /// An array of them.
    pub(crate) fn many(
        status: u16,
        when: &'static str,
        (name, fields): (&'static str, &'static Serializer),
        example: &'static str,
    ) -> Self {
        let answer = Self::new(status, when, Shape::Many(name, fields));
        Self { example, ..answer }
    }

    /// A page of them.
    pub(crate) fn page(
        status: u16,
        when: &'static str,
        (name, fields): (&'static str, &'static Serializer),
        example: &'static str,
    ) -> Self {
        let answer = Self::new(status, when, Shape::Page(name, fields));
        Self { example, ..answer }
    }

    /// A field that it has not always.
    pub(crate) fn at_times(mut self, field: &'static str) -> Self {
        self.at_times.push(field);
        self
    }

    /// A field that may be null.
    pub(crate) fn null(mut self, field: &'static str) -> Self {
        self.nulls.push(field);
        self
    }

    /// A field that it never has.
    pub(crate) fn without(mut self, field: &'static str) -> Self {
        self.without.push(field);
        self
    }

    /// Its fields hold whatever a token says.
    pub(crate) fn loose(self, is_loose: bool) -> Self {
        Self { is_loose, ..self }
    }

    /// A header that it may have, and what that says.
    pub(crate) fn header(mut self, name: &'static str, says: &'static str) -> Self {
        self.headers.push((name, says));
        self
    }
}

impl Parameter {
    fn new(place: Place, name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            place,
            name,
            kind,
            help,
            range: None,
            pattern: None,
        }
    }

    /// `?name=…`
    pub(crate) fn query(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self::new(Place::Query, name, kind, help)
    }

    /// A header of the request.
    pub(crate) fn header(name: &'static str, help: &'static str) -> Self {
        Self::new(Place::Header, name, Kind::Text, help)
    }

    /// The `{pk}` of a path where nothing is told of it.
    pub(crate) fn key() -> Self {
        Self::new(Place::Path, "id", Kind::Integer, "Its id.")
    }

    /// A `{pk}` that is no number.
    pub(crate) fn named_key(pattern: &'static str) -> Self {
        Self::new(Place::Path, "id", Kind::Text, "Its id.").pattern(pattern)
    }

    /// The least and the most that it may be.
    pub(crate) fn range(self, least: i64, most: i64) -> Self {
        let range = Some((least, most));
        Self { range, ..self }
    }

    /// What its text looks like.
    pub(crate) fn pattern(self, pattern: &'static str) -> Self {
        let pattern = Some(pattern);
        Self { pattern, ..self }
    }
}
