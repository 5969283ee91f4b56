//! Where the pages of the site are.

use super::models::Model;
use super::visit::Visit;
use crate::db::Id;
use crate::http::path;

impl Visit<'_> {
    /// Where the site is, such as `/admin/`.
    pub(super) fn root(&self) -> String {
        format!("{}/admin/", self.app.settings().server.root_path)
    }

    /// Where a model's list is.
    pub(super) fn list_url(&self, model: &Model) -> String {
        let tables = &self.admin.tables;
        let (label, name) = (tables.label(model), tables.model_name(model));
        format!("{}{label}/{name}/", self.root())
    }

    /// Where a page of a row is, such as `change`.
    pub(super) fn row_url(&self, model: &Model, id: Id, page: &str) -> String {
        format!("{}{id}/{page}/", self.list_url(model))
    }

    /// This page, as a link to it.
    pub(super) fn here(&self) -> String {
        let root = &self.app.settings().server.root_path;
        let path = format!("{root}{}", path::quoted(&self.path));
        if self.raw_query.is_empty() {
            path
        } else {
            format!("{path}?{}", path::quoted_query(&self.raw_query))
        }
    }
}
