//! The SQL of ties: rows of another table that a row refers to, by a table between both.

use crate::admin::models::{Field, Kind, Model, Target, USER};
use crate::admin::tables::Between;
use crate::admin::visit::Visit;
use crate::db::{self, Conn, Id, Query, Tx};

/// A table between a model and another, for one of the model's fields.
#[derive(Clone)]
pub(super) struct Tie {
    pub(super) field: &'static Field,
    between: Between,
    other: &'static str,
    /// Where the rows are that may be tied to.
    pub(super) target: &'static str,
}

impl Tie {
    /// That of a field, where it has one.
    pub(super) fn of(visit: &Visit<'_>, model: &Model, field: &'static Field) -> Option<Self> {
        let tables = &visit.admin.tables;
        let Kind::Many(target) = field.kind else {
            return None;
        };
        let (between, other, target) = match (model.is(&USER), target) {
            (true, Target::Group) => (&tables.groups, "group_id", "auth_group"),
            (true, _) => (&tables.permissions, "permission_id", "auth_permission"),
            (false, _) => (&tables.of_groups, "permission_id", "auth_permission"),
        };
        Some(Tie {
            field,
            between: between.clone(),
            other,
            target,
        })
    }

    /// What a row is tied to.
    pub(super) async fn keys(&self, conn: &mut Conn<'_>, id: Id) -> db::Result<Vec<Id>> {
        let mut query = Query::new("SELECT ");
        query
            .push(self.other)
            .push(" FROM ")
            .name(&self.between.table);
        query
            .push(" WHERE ")
            .name(&self.between.user)
            .push(" = ")
            .value(id);
        query.push(" ORDER BY ").push(self.other);
        query.scalars(conn).await
    }

    /// Ties a row to these and no others.
    pub(super) async fn set(
        &self,
        tx: &mut Tx<'_>,
        id: Id,
        before: &[Id],
        keys: &[Id],
    ) -> db::Result<()> {
        let Between { table, user } = &self.between;
        let is_gone = |key: &&Id| !keys.contains(key);
        let gone: Vec<_> = before.iter().filter(is_gone).copied().collect();
        if !gone.is_empty() {
            let mut query = Query::new("DELETE FROM ");
            query
                .name(table)
                .push(" WHERE ")
                .name(user)
                .push(" = ")
                .value(id);
            query
                .push(" AND ")
                .push(self.other)
                .push(" IN (")
                .values(gone)
                .push(")");
            query.execute(tx).await?;
        }
        for key in keys.iter().filter(|key| !before.contains(key)) {
            let mut query = Query::new("INSERT INTO ");
            query
                .name(table)
                .push(" (")
                .name(user)
                .push(", ")
                .push(self.other);
            query.push(") VALUES (").value(id).push(", ").value(*key);
            // another may have tied them just now; a number that is taken is none of this
            query.push(") ON CONFLICT (").name(user).push(", ");
            query.push(self.other).push(") DO NOTHING");
            query.execute(tx).await?;
        }
        Ok(())
    }
}
