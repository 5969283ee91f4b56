//! What can't be adopted: nothing is changed, the sentence names the remedy, and the remedy leads to ready.

use gatepost_tests::{Backend, SECRET, sql};
use rstest::rstest;
use rstest_reuse::apply;

use super::databases::{Database, Origin};
use super::{check, migrate};
use crate::both_databases;

/// What is to be done about a problem.
enum Remedy {
    /// The statement that the sentence gives in backticks and begins with this.
    Statement(&'static str),
    /// A migration of the project.
    Alter(&'static str),
    /// Something else in Django.
    Run(&'static str),
}

/// A change of a project that Gatepost can't work with.
struct Change {
    alter: &'static str,
    says: &'static str,
    remedy: Remedy,
}

/// The same on both databases, but for how they are told what to do.
fn changes(on: Backend) -> Vec<Change> {
    let extra = |alter, says, statement, null| Change {
        alter,
        says,
        remedy: match on {
            Backend::Postgres => Remedy::Statement(statement),
            Backend::Sqlite => Remedy::Alter(null),
        },
    };
    let mut changes = vec![
        extra(
            "apply('posts', AddField('post', 'published', models.BooleanField(default=True)))",
            "posts_post.published takes no NULL and has no default in the database",
            "ALTER TABLE posts_post ALTER COLUMN published SET DEFAULT false",
            "apply('posts', AlterField('post', 'published', models.BooleanField(null=True)))",
        ),
        extra(
            "apply('auth', AddField('user', 'phone', models.CharField(max_length=20, default='')))",
            "auth_user.phone takes no NULL and has no default in the database",
            "ALTER TABLE auth_user ALTER COLUMN phone SET DEFAULT ''",
            "apply('auth', AlterField('user', 'phone', models.CharField(max_length=20, null=True)))",
        ),
        Change {
            alter: "apply('posts', AlterModelTable('post', 'blog_post'))",
            says: "there is no table posts_post; blog_post has its columns",
            remedy: Remedy::Statement("ALTER TABLE blog_post RENAME TO posts_post"),
        },
        Change {
            alter: "apply('posts', AddConstraint('post', models.UniqueConstraint(fields=['title'], name='one_title')))",
            says: "posts_post has a unique constraint on (title)",
            remedy: Remedy::Alter("apply('posts', RemoveConstraint('post', 'one_title'))"),
        },
        Change {
            alter: "check = models.Q(title__gt='')
try:
    check = models.CheckConstraint(condition=check, name='a_title')
except TypeError:
    check = models.CheckConstraint(check=check, name='a_title')
apply('posts', AddConstraint('post', check))",
            says: "posts_post has a CHECK constraint (",
            remedy: Remedy::Alter("apply('posts', RemoveConstraint('post', 'a_title'))"),
        },
        Change {
            alter: "from django.db.migrations.state import ModelState
class Other(models.Model):
    class Meta:
        app_label = 'other'
        db_table = 'people'
builtins.state.add_model(ModelState.from_model(Other))
apply('posts', RunSQL('CREATE TABLE people (id integer PRIMARY KEY); INSERT INTO people SELECT id FROM auth_user'))
apply('posts', AlterField('post', 'author', models.ForeignKey('other.Other', models.DO_NOTHING)))",
            says: "posts_post.author_id refers to people, and auth_user is needed",
            remedy: Remedy::Alter(
                "apply('posts', AlterField('post', 'author', models.ForeignKey('auth.User', models.CASCADE, related_name='posts')))",
            ),
        },
        Change {
            alter: "apply('posts', RemoveField('post', 'updated_at'))",
            says: "posts_post has no column updated_at; add `updated_at = models.DateTimeField(auto_now=True)`",
            remedy: Remedy::Alter(
                "from django.utils import timezone; apply('posts', AddField('post', 'updated_at', models.DateTimeField(default=timezone.now)))",
            ),
        },
        Change {
            alter: "apply('posts', AlterField('post', 'content', models.TextField(null=True)))",
            says: "posts_post.content may be NULL",
            remedy: Remedy::Alter(
                "apply('posts', AlterField('post', 'content', models.TextField()))",
            ),
        },
        Change {
            alter: "apply('auth', AlterField('user', 'username', models.CharField(max_length=150)))",
            says: "auth_user.username is not unique",
            remedy: Remedy::Statement("CREATE UNIQUE INDEX auth_user_username_uniq"),
        },
        Change {
            alter: "apply('posts', RunSQL('DROP TABLE posts_post'))",
            says: "there is no table posts_post; run Django's `manage.py migrate`",
            remedy: Remedy::Run(
                "from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder.Migration.objects.filter(app='posts').delete()
call_command('migrate', verbosity=0)",
            ),
        },
    ];
    if on == Backend::Postgres {
        changes.push(Change {
            alter: "apply('auth', RunSQL('ALTER TABLE auth_user ALTER COLUMN first_name TYPE varchar(30)'))",
            says: "auth_user.first_name is character varying(30), and text of 150 characters is needed",
            remedy: Remedy::Statement("ALTER TABLE auth_user ALTER COLUMN first_name"),
        });
        changes.push(Change {
            alter: "apply('posts', RunSQL('ALTER TABLE posts_post ALTER COLUMN created_at TYPE timestamp'))",
            says: "posts_post.created_at is timestamp without time zone",
            remedy: Remedy::Statement("ALTER TABLE posts_post ALTER COLUMN created_at"),
        });
        changes.push(Change {
            alter: "apply('posts', RunSQL('ALTER TABLE posts_post ALTER COLUMN id DROP IDENTITY'))",
            says: "posts_post.id is no primary key to which the database gives a value",
            remedy: Remedy::Statement("ALTER TABLE posts_post ALTER COLUMN id ADD GENERATED"),
        });
    }
    changes
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_a_project_is_named_with_its_remedy(on: Backend) {
    let database = Origin::newest(on).make().await;
    let mut django = database.django();
    for change in changes(on) {
        django.forget();
        django.alter(change.alter);
        let told = refuses(&database, &[], change.says).await;
        match change.remedy {
            Remedy::Statement(statement) => {
                let mut given = told.split('`').filter(|part| part.starts_with(statement));
                let given = given
                    .next()
                    .unwrap_or_else(|| panic!("{statement}: {told}"));
                sql::execute(&database.url, given).await;
            }
            Remedy::Alter(python) => django.alter(python),
            Remedy::Run(python) => drop(django.run(python)),
        }
        let (code, told) = check(database.folder(), &database.url, &[]);
        assert_eq!(code, 0, "after the remedy of {}: {told}", change.says);
    }
}

/// That adopting says this, and changes nothing.
pub(super) async fn refuses(database: &Database, variables: &[(&str, &str)], says: &str) -> String {
    let before = database.dump().await;
    let (code, told) = check(database.folder(), &database.url, variables);
    assert!(
        code == 11 && told.contains(says),
        "{code}, not {says}: {told}"
    );
    let (code, why) = migrate(database.folder(), &database.url, &["--adopt"], variables);
    assert!(
        code == 11 && why.contains(says),
        "{code}, not {says}: {why}"
    );
    assert!(!database.folder().join("gatepost.toml").exists());
    assert_eq!(database.dump().await, before, "{says}: nothing was changed");
    told
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn users_without_numbers_are_refused_before_anything_is_changed(on: Backend) {
    let origin = Origin {
        more: &[("USER_MODEL", "people.User")],
        ..Origin::newest(on)
    };
    let database = origin.empty().await;
    let told = refuses(
        &database,
        &[],
        "there is no table auth_user; people_user has its columns",
    )
    .await;
    assert!(
        told.contains("by whole numbers alone: give the project's model an integer primary key"),
        "{told}"
    );
    let again = refuses(&database, &[], "there is no table auth_user").await;
    assert_eq!(again, told);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_proved_by_a_stored_token(on: Backend) {
    let database = Origin::newest(on).make().await;
    let other = [(
        "GATEPOST_SECRET_KEY",
        "another-secret-key-that-is-long-enough-for-hs256",
    )];
    refuses(
        &database,
        &other,
        "the secret key signed none of the newest stored tokens; set GATEPOST_SECRET_KEY",
    )
    .await;
    let lines = format!("{SECRET}\n\n");
    refuses(
        &database,
        &[("GATEPOST_SECRET_KEY", &lines)],
        "the secret key has white space at its beginning or end",
    )
    .await;
    refuses(
        &database,
        &[("GATEPOST_SIMPLE_JWT__ALGORITHM", "HS512")],
        "set simple_jwt.algorithm = \"HS256\"",
    )
    .await;
    let line = format!("{SECRET}\n");
    let (code, told) = check(
        database.folder(),
        &database.url,
        &[("GATEPOST_SECRET_KEY", &line)],
    );
    assert_eq!(code, 0, "{told}");
}

/// A project that read its key from a file with the end of the line.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_ends_with_a_newline_can_be_given() {
    let key: &str = "reference-secret-key-for-tests-only-0123456789\n";
    let origin = Origin {
        more: &[(
            "SECRET_KEY",
            "reference-secret-key-for-tests-only-0123456789\n",
        )],
        ..Origin::newest(Backend::Sqlite)
    };
    let database = origin.make().await;
    let why = "the secret key lacks a newline at its end";
    refuses(&database, &[("GATEPOST_SECRET_KEY", key)], why).await;
    let longer = format!("{key}\n");
    let (code, told) = check(
        database.folder(),
        &database.url,
        &[("GATEPOST_SECRET_KEY", &longer)],
    );
    assert_eq!(code, 0, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_token_tells_the_key_is_not_proved() {
    let database = Origin::newest(Backend::Sqlite).empty().await;
    let (code, told) = check(database.folder(), &database.url, &[]);
    assert!(
        code == 10 && told.contains("remark: No token is stored that a key has signed"),
        "{told}"
    );
    let (code, told) = check(
        database.folder(),
        &database.url,
        &[("GATEPOST_SECRET_KEY", "")],
    );
    assert!(
        code == 11 && told.contains("adopting needs Django's SECRET_KEY"),
        "{told}"
    );
    let nothing = format!("sqlite:{}", database.folder().join("nothing").display());
    let (code, told) = check(database.folder(), &nothing, &[]);
    assert!(
        code == 11 && told.contains("there is no database at"),
        "{told}"
    );
    assert!(!database.folder().join("nothing").exists());
}
