//! The SQL of a list's filters: what they can be set to, and how many rows each choice has.

use super::asked::Asked;
use super::narrowing::{filtering, narrowing};
use crate::admin::models::{Field, Kind, Model};
use crate::admin::tables::{self, Between};
use crate::db::{self, Conn, Id, Query};

/// What a filter can be set to.
pub(super) struct Choices {
    pub(super) field: &'static Field,
    /// Keys and names, of groups; flags have none.
    pub(super) rows: Vec<(Id, String)>,
    /// How many rows each choice has, in the order in which they are shown; empty where nobody asked.
    pub(super) counts: Vec<u64>,
}

/// The filters of a list.
pub(super) async fn choices(
    conn: &mut Conn<'_>,
    model: &'static Model,
    asked: &Asked,
    groups: &Between,
) -> db::Result<Vec<Choices>> {
    let mut found = Vec::new();
    for field in model.filters.iter().filter_map(|name| model.field(name)) {
        let rows = if field.kind == Kind::Flag {
            Vec::new()
        } else {
            let groups = Query::new(
                "SELECT id, COALESCE(CAST(name AS text), 'None') FROM auth_group ORDER BY name, id LIMIT 1000",
            );
            let pair = groups.rows(conn, |row| Ok((row.next()?, row.next()?)));
            pair.await?
        };
        found.push(Choices {
            field,
            rows,
            counts: Vec::new(),
        });
    }
    if asked.counts {
        count(conn, model, asked, groups, &mut found).await?;
    }
    Ok(found)
}

/// Whether a parameter belongs to the filter of a field.
fn is_of(parameter: &str, field: &Field) -> bool {
    let rest = parameter.strip_prefix(field.name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
}

/// Counts the choices of each filter, among the rows that meet everything but this filter: flags in one look at the table,
/// groups in one at their members.
async fn count(
    conn: &mut Conn<'_>,
    model: &'static Model,
    asked: &Asked,
    groups: &Between,
    found: &mut [Choices],
) -> db::Result<()> {
    let fields: Vec<_> = found.iter().map(|choices| choices.field).collect();
    let of_any = |name: &str| fields.iter().any(|field| is_of(name, field));
    let common = narrowing(conn.dialect(), model, asked, |name| !of_any(name));
    let others = |field| filtering(asked, |name| of_any(name) && !is_of(name, field));
    let mut query = Query::new("SELECT 1");
    for field in &fields {
        let others = others(field);
        query.push(", COUNT(*) FILTER (WHERE 1 = 1");
        query.append(&others).push(")");
        if field.kind == Kind::Flag {
            query
                .push(", COUNT(*) FILTER (WHERE item.")
                .push(field.column);
            query.push(" = TRUE").append(&others).push(")");
        }
    }
    query.append(&tables::from(model));
    query.push(" WHERE 1 = 1").append(&common);
    let counted = query.row(conn, |row| {
        row.next::<Id>()?;
        for choices in found.iter_mut() {
            let all = number(row.next()?);
            choices.counts.push(all);
            if choices.field.kind == Kind::Flag {
                let yes = number(row.next()?);
                choices.counts.extend([yes, all.saturating_sub(yes)]);
            }
        }
        Ok(())
    });
    counted.await?;
    for choices in found.iter_mut().filter(|choices| !choices.rows.is_empty()) {
        let mut narrowing = common.clone();
        narrowing.append(&others(choices.field));
        count_members(conn, model, groups, &narrowing, choices).await?;
    }
    Ok(())
}

/// How many of the rows are in each group, and how many in none.
async fn count_members(
    conn: &mut Conn<'_>,
    model: &Model,
    groups: &Between,
    narrowing: &Query,
    choices: &mut Choices,
) -> db::Result<()> {
    let mut members = Query::new(" FROM ");
    members.name(&groups.table).push(" AS member");
    if !narrowing.is_empty() {
        members
            .push(" JOIN ")
            .push(model.table)
            .push(" AS item ON item.id = member.");
        members
            .name(&groups.user)
            .push(" WHERE 1 = 1")
            .append(narrowing);
    }
    let mut each = Query::new("SELECT member.group_id, COUNT(*)");
    each.append(&members).push(" GROUP BY member.group_id");
    let each = each.rows(conn, |row| Ok((row.next::<Id>()?, number(row.next()?))));
    let each = each.await?;
    let of = |id: &Id| {
        each.iter()
            .find(|(group, _)| group == id)
            .map_or(0, |(_, count)| *count)
    };
    let counts: Vec<_> = choices.rows.iter().map(|(id, _)| of(id)).collect();
    choices.counts.extend(counts);
    let mut query = Query::new("SELECT COUNT(DISTINCT member.");
    query.name(&groups.user).push(")").append(&members);
    let any = query.scalar::<Id>(conn).await?.map_or(0, number);
    let all = choices.counts.first().copied().unwrap_or(0);
    choices.counts.push(all.saturating_sub(any));
    Ok(())
}

fn number(count: Id) -> u64 {
    u64::try_from(count.0).unwrap_or(0)
}
