//! Posts.

use super::declaration::{Column, Field, Fieldset, Kind, Model, POSTS, Target};

const FORM: &[Fieldset] = &[Fieldset {
    heading: "",
    fields: &["title", "content", "author"],
}];

/// The tutorial's `posts.Post`, registered without any options.
pub(in crate::admin) static POST: Model = Model {
    name: "post",
    app: POSTS,
    singular: "post",
    plural: "posts",
    table: "posts_post",
    joins: "",
    joins_to_order: "",
    text: "item.title",
    fields: &[
        Field::key(),
        Field::new("title", "Title", Kind::Line(200)),
        Field::new("content", "Content", Kind::Lines),
        Field::new("author", "Author", Kind::To(&Target::User)).column("author_id"),
        Field::new("created_at", "Created at", Kind::Moment).read_only(),
        Field::new("updated_at", "Updated at", Kind::Moment).read_only(),
    ],
    columns: &[Column::text("Post", "item.title").order("")],
    order: &[("item.id", true)],
    filters: &[],
    search: &[],
    add: FORM,
    change: FORM,
    allows: |_| true,
    is_read_only: false,
    stamped_when_added: &["created_at"],
    stamped_when_saved: &["updated_at"],
    takes_along: &[],
};
