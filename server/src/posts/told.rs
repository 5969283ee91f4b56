//! What the API's document says of posts, for the table of routes.

use super::post::{EXAMPLE, POST};
use crate::http::fields::Kind;
use crate::http::operation::{Answer, Operation, Parameter};
use crate::settings::Settings;

const REQUEST: &str = r#"{"title":"Notes","content":"On the Analytical Engine"}"#;
const NO_POST: &str = "There is no post with this id.";
const NOT_ONES_OWN: &str = "Somebody else wrote the post.";
const CHANGED: &str = "It is not the version that `If-Match` names.";

/// `GET /api/posts/`.
pub(crate) fn lists(settings: &Settings) -> Operation {
    Operation::new("listPosts", "Read posts")
        .details("All of them as an array, newest first, whoever wrote them.")
        .answers(Answer::many(200, "The posts.", POST, EXAMPLE))
        .and_if(settings.server.extensions, |operation| {
            operation
                .details("All of them as an array, newest first, whoever wrote them; with `page_size` or `cursor` a page of them.")
                .parameter(
                    Parameter::query("page_size", Kind::Integer, "How many posts a page has.")
                        .range(1, 1000),
                )
                .parameter(Parameter::query(
                    "cursor",
                    Kind::Text,
                    "Where a page begins: that of `next` or `previous`.",
                ))
                .parameter(Parameter::query(
                    "search",
                    Kind::Text,
                    "On a page alone posts with this text in title or content.",
                ))
                .parameter(Parameter::query(
                    "author",
                    Kind::Text,
                    "On a page alone posts of the user with this name.",
                ))
                .answers(Answer::page(200, "A page of them.", POST, EXAMPLE))
                .refuses(404, "The cursor is none.")
        })
}

/// `POST /api/posts/`.
pub(crate) fn creates(settings: &Settings) -> Operation {
    let created = tagged(Answer::one(201, "The new post.", POST, EXAMPLE), settings);
    let replayed = |answer: Answer| {
        answer.header(
            "Idempotency-Replayed",
            "`true` where the post was written by an earlier request with this key.",
        )
    };
    let key = Parameter::header(
        "Idempotency-Key",
        "A text, the same for each try of one request: there is one post, however often it is asked for.",
    );
    Operation::new("createPost", "Write a post")
        .takes("Post", REQUEST)
        .and_if(settings.server.extensions, |operation| {
            operation
                .parameter(key.pattern("^[!-~]{1,255}$"))
                .refuses(404, "The post that was written with this key is deleted.")
                .refuses(422, "The key came with another post.")
        })
        .answers(if settings.server.extensions {
            replayed(created)
        } else {
            created
        })
        .and_if(settings.tokens.stateless, |operation| {
            operation.refuses(
                403,
                "The token signs in without its user being looked up, so nobody can be the author.",
            )
        })
}

/// `GET /api/posts/{pk}/`.
pub(crate) fn gets(settings: &Settings) -> Operation {
    let known = Parameter::header("If-None-Match", "The `ETag` of what one has.");
    Operation::new("getPost", "Read a post")
        .answers(tagged(
            Answer::one(200, "The post.", POST, EXAMPLE),
            settings,
        ))
        .and_if(settings.server.extensions, |operation| {
            operation
                .parameter(known)
                .answers(Answer::nothing(304, "It is what `If-None-Match` names."))
        })
        .refuses(404, NO_POST)
}

/// `PUT /api/posts/{pk}/`.
pub(crate) fn puts(settings: &Settings) -> Operation {
    let operation = Operation::new("replacePost", "Write title and content anew")
        .takes("Post", REQUEST)
        .answers(changed(settings));
    of_ones_own(operation, settings)
}

/// `PATCH /api/posts/{pk}/`.
pub(crate) fn patches(settings: &Settings) -> Operation {
    let operation = Operation::new("changePost", "Change title or content")
        .takes("Post", r#"{"title":"Notes, continued"}"#)
        .answers(changed(settings));
    of_ones_own(operation, settings)
}

/// `DELETE /api/posts/{pk}/`.
pub(crate) fn deletes(settings: &Settings) -> Operation {
    let operation = Operation::new("deletePost", "Delete a post")
        .answers(Answer::nothing(204, "It is gone."))
        .refuses(409, "Rows of other tables refer to the post.");
    of_ones_own(operation, settings)
}

fn changed(settings: &Settings) -> Answer {
    tagged(
        Answer::one(200, "The post as it is now.", POST, EXAMPLE),
        settings,
    )
}

fn of_ones_own(operation: Operation, settings: &Settings) -> Operation {
    let version = Parameter::header(
        "If-Match",
        "The `ETag` of the version that is meant: another one stays as it is.",
    );
    operation
        .refuses(403, NOT_ONES_OWN)
        .refuses(404, NO_POST)
        .and_if(settings.server.extensions, |operation| {
            operation.parameter(version).refuses(412, CHANGED)
        })
}

fn tagged(answer: Answer, settings: &Settings) -> Answer {
    if settings.server.extensions {
        answer.header("ETag", "Which version it is (RFC 9110, 8.8.3).")
    } else {
        answer
    }
}
