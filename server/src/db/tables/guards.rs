//! What may refuse or drop a row beside columns and keys: triggers, rules, exclusion constraints, and tables of the
//! project that refer to rows which Gatepost removes.

use super::ddl;
use super::judge::Problem;
use super::needs;
use super::remedy;
use crate::db::conn::{Conn, Dialect};
use crate::db::error::Result;
use crate::db::{columns, sql};

/// All of them on Django's tables.
pub(super) async fn problems(conn: &mut Conn<'_>) -> Result<Vec<Problem>> {
    let djangos = needs::of(conn.users());
    let is_known = |table: &str| {
        let mut names = djangos.iter().map(|need| need.table);
        names.any(|name| name.eq_ignore_ascii_case(table))
    };
    let mut problems = Vec::new();
    for trigger in triggers(conn).await? {
        let may_drop = trigger.drops && ddl::returns_null(&trigger.body);
        if is_known(&trigger.table_name) && (may_drop || ddl::raises(&trigger.body)) {
            problems.push(
                Problem::new(
                    format!(
                        "{} has a trigger ({}) that may refuse rows which Gatepost writes",
                        trigger.table_name, trigger.name
                    ),
                    remedy::refuses_rows(),
                )
                .for_information(),
            );
        }
    }
    let dialect = conn.dialect();
    for key in references(conn).await? {
        if is_known(&key.table_name) || key.table_name.starts_with("gatepost_") {
            continue;
        }
        let what = match key.target.to_lowercase().as_str() {
            "posts_post" => "a post that such rows refer to can't be deleted here (409)",
            "token_blacklist_outstandingtoken" | "token_blacklist_blacklistedtoken" => {
                "the clean-up can't remove tokens that such rows refer to"
            }
            _ => continue,
        };
        problems.push(
            Problem::new(
                format!(
                    "{}.{} refers to {} without ON DELETE, and Django alone removes its rows with those: {what}",
                    key.table_name, key.name, key.target
                ),
                remedy::reference(dialect, &key.table_name, &key.name, &key.target, &key.key),
            )
            .for_information(),
        );
    }
    if dialect == Dialect::Postgres {
        for (table, name) in exclusions(conn).await? {
            if is_known(&table) {
                problems.push(
                    Problem::new(
                        format!("{table} has an exclusion constraint ({name}), which may refuse rows that Gatepost writes"),
                        remedy::refuses_rows(),
                    )
                    .for_information(),
                );
            }
        }
        for (table, name) in rules(conn).await? {
            if is_known(&table) {
                problems.push(Problem::new(
                    format!("{table} has a rule ({name}) that does something else in place of what Gatepost writes"),
                    format!("run `DROP RULE {name} ON {table}`"),
                ));
            }
        }
    }
    Ok(problems)
}

struct Trigger {
    table_name: String,
    name: String,
    body: String,
    /// Whether a row is not written for which it returns NULL.
    drops: bool,
}

columns!(Trigger: table_name, name, body, drops);

async fn triggers(conn: &mut Conn<'_>) -> Result<Vec<Trigger>> {
    sql!(conn,
        sqlite: "
        SELECT tbl_name AS table_name, name, sql AS body, FALSE AS drops FROM sqlite_master
        WHERE type = 'trigger' AND sql IS NOT NULL";
        postgres: "
        SELECT CAST(made.relname AS text) AS table_name, CAST(trig.tgname AS text) AS name, code.prosrc AS body,
            trig.tgtype & 3 = 3 AS drops
        FROM pg_trigger AS trig JOIN pg_class AS made ON made.oid = trig.tgrelid JOIN pg_proc AS code ON code.oid = trig.tgfoid
        JOIN pg_language AS written ON written.oid = code.prolang
        WHERE NOT trig.tgisinternal AND trig.tgenabled <> 'D' AND written.lanname NOT IN ('internal', 'c')
            AND pg_table_is_visible(made.oid) ORDER BY made.relname, trig.tgname"
        => fetch_all Trigger)
}

/// A foreign key that keeps a row from being removed.
struct Reference {
    table_name: String,
    name: String,
    target: String,
    /// The constraint's own name.
    key: String,
}

columns!(Reference: table_name, name, target, key);

async fn references(conn: &mut Conn<'_>) -> Result<Vec<Reference>> {
    sql!(conn,
        sqlite: "
        SELECT made.name AS table_name, key.\"from\" AS name, key.\"table\" AS target, '' AS key
        FROM sqlite_master AS made JOIN pragma_foreign_key_list(made.name) AS key
        WHERE made.type = 'table' AND key.on_delete IN ('NO ACTION', 'RESTRICT') ORDER BY made.name";
        postgres: "
        SELECT CAST(made.relname AS text) AS table_name, CAST(col.attname AS text) AS name,
            CAST(target.relname AS text) AS target, CAST(key.conname AS text) AS key
        FROM pg_constraint AS key JOIN pg_class AS made ON made.oid = key.conrelid
        JOIN pg_class AS target ON target.oid = key.confrelid
        JOIN pg_attribute AS col ON col.attrelid = made.oid AND col.attnum = ANY (key.conkey)
        WHERE key.contype = 'f' AND key.confdeltype IN ('a', 'r') AND key.conparentid = 0
            AND pg_table_is_visible(target.oid) ORDER BY made.relname, col.attname"
        => fetch_all Reference)
}

async fn exclusions(conn: &mut Conn<'_>) -> Result<Vec<(String, String)>> {
    sql!(conn, postgres: "
        SELECT CAST(made.relname AS text), CAST(listed.conname AS text)
        FROM pg_constraint AS listed JOIN pg_class AS made ON made.oid = listed.conrelid
        WHERE listed.contype = 'x' AND pg_table_is_visible(made.oid) ORDER BY made.relname, listed.conname"
        => fetch_all (String, String))
}

async fn rules(conn: &mut Conn<'_>) -> Result<Vec<(String, String)>> {
    sql!(conn, postgres: "
        SELECT CAST(made.relname AS text), CAST(quote_ident(rule.rulename) AS text)
        FROM pg_rewrite AS rule JOIN pg_class AS made ON made.oid = rule.ev_class
        WHERE rule.ev_type IN ('2', '3', '4') AND rule.is_instead AND rule.ev_enabled <> 'D'
            AND made.relkind IN ('r', 'p') AND pg_table_is_visible(made.oid) ORDER BY made.relname, rule.rulename"
        => fetch_all (String, String))
}
