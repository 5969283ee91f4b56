//! Passwords of every format, hashed by a live Django: who may log in, and what is then kept of the password.

use gatepost_tests::{Backend, Program, SECRET, sql};
use serde_json::{Value, json};

use super::databases::Origin;
use super::migrate;
use super::story::Side;

/// What people take for a password, as JSON.
fn passwords() -> Vec<Value> {
    vec![
        json!("ComplexPassword123!"),
        json!(" white space around it\t"),
        json!("   "),
        json!("pässwörd € 𝄞 \u{301}"),
        json!("nul\0inside"),
        json!("x".repeat(4096)),
        json!("ü".repeat(72)),
        json!("$2b$12$ % ' \" \\ \r\n inside"),
    ]
}

/// Makes a user for each format and password: `FORMAT-NUMBER`. What a login trims, the hash is made without.
const MAKE: &str = "
import hashlib, json
from django.contrib.auth.hashers import get_hasher, make_password
from django.contrib.auth.hashers import BCryptPasswordHasher, MD5PasswordHasher, PBKDF2PasswordHasher
from django.contrib.auth.models import User
SALT = 'abcdefghijklmnopqrstuv'
def strong(password):
    return PBKDF2PasswordHasher().encode(password, SALT, 2000)
def cheap(password):
    return PBKDF2PasswordHasher().encode(password, SALT, 1000)
def short(password):
    return PBKDF2PasswordHasher().encode(password, 'short', 1000)
def bcrypt(password):
    return BCryptPasswordHasher().encode(password, BCryptPasswordHasher().salt())
def md5(password):
    return MD5PasswordHasher().encode(password, SALT)
makers = {'more': strong, 'same': cheap, 'short': short, 'bcrypt': bcrypt, 'md5': md5}
for name in ['pbkdf2_sha1', 'argon2', 'bcrypt_sha256', 'scrypt']:
    makers[name] = lambda password, name=name: make_password(password, hasher=name)
for name, maker in makers.items():
    for number, password in enumerate(json.loads(PASSWORDS)):
        try:
            encoded = maker(password.strip())
        except ValueError:
            # no bcrypt of a NUL, nor of more than 72 bytes
            encoded = '!'
        User.objects.create(username=f'{name}-{number}', password=encoded)
for number, encoded in enumerate([
    '', '!', '!abc', 'plain', 'pbkdf2_sha256', 'pbkdf2_sha256$1000', 'pbkdf2_sha256$x$s$h', 'pbkdf2_sha256$1000$$h',
    'pbkdf2_sha256$01000$s$h', 'argon2$x', 'bcrypt_sha256$x', 'scrypt$a$b', 'scrypt$3$s$8$1$x', 'sha1$$abc', 'md5$$' + 32 * 'a',
    'pbkdf2_sha256$99999999999$s$h', 'argon2$argon2id$v=19$m=4294967295,t=1,p=1$YWJjZGVmZ2g$VohAcCrl', '$', '$$$$', '\\ud7ff',
]):
    User.objects.create(username=f'odd-{number}', password=encoded)
print(User.objects.count())
";

/// Algorithm, parameters and length of the salt of each user's hash.
const KEPT: &str = "SELECT username || ' ' || CASE
    WHEN password LIKE 'pbkdf2_sha256$%' THEN substr(password, 1, instr(substr(password, 15), '$') + 14) || (CASE WHEN password LIKE '%$short$%' THEN 'short' ELSE '' END)
    ELSE password END FROM auth_user ORDER BY id";

#[tokio::test(flavor = "multi_thread")]
async fn every_format_is_verified_and_rewritten_as_in_django() {
    let database = Origin::newest(Backend::Sqlite).empty().await;
    let list = serde_json::to_string(&passwords()).unwrap();
    let quoted = serde_json::to_string(&list).unwrap();
    let made = database
        .django()
        .run(&format!("PASSWORDS = {quoted}\n{MAKE}"));
    assert_eq!(made, "92");
    let before = database.copy().await;

    let settings = [("GATEPOST_PASSWORDS__ITERATIONS", "1000")];
    let (code, said) = migrate(database.folder(), &database.url, &["--adopt"], &settings);
    assert_eq!(code, 0, "{said}");
    let mut command = Program::command(database.folder(), &["serve", "--database", &database.url]);
    command.envs(settings).env("GATEPOST_SECRET_KEY", SECRET);
    let server = Program::serve(&mut command);
    let mut here = Side::Gatepost(server.base.clone());
    let mut there = Side::Django(before.django());

    let mut logins = Vec::new();
    for format in [
        "more",
        "same",
        "short",
        "bcrypt",
        "md5",
        "pbkdf2_sha1",
        "argon2",
        "bcrypt_sha256",
        "scrypt",
    ] {
        for (number, password) in passwords().into_iter().enumerate() {
            let name = format!("{format}-{number}");
            // a wrong one first, which must change nothing
            logins.push((name.clone(), json!("ComplexPassword123")));
            logins.push((name, password));
        }
    }
    logins.extend((0..20).map(|number| (format!("odd-{number}"), json!("abc"))));
    let mut right = 0;
    for (name, password) in logins {
        let body = json!({"username": name, "password": password});
        let (theirs, _) = there.ask("POST", "/api/token/", "", body.clone()).await;
        let (ours, answer) = here.ask("POST", "/api/token/", "", body).await;
        // where Django fails at a hash that it can't read, nobody may log in
        let expected = if theirs == 500 { 401 } else { theirs };
        assert_eq!(ours, expected, "{name} {password}: {answer}");
        right += usize::from(ours == 200);
    }
    assert_eq!(right, 42, "seven formats, six passwords that a login takes");
    let log = server.log();
    assert!(
        log.contains("the stored password hash can't be read"),
        "{log}"
    );
    assert!(
        log.contains("format=\"scrypt\"") || log.contains("format=scrypt"),
        "{log}"
    );
    drop(there);
    assert_eq!(
        sql::query(&database.url, KEPT).await,
        sql::query(&before.url, KEPT).await
    );
}
