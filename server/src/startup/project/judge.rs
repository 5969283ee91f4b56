//! What a project says against what Gatepost does: the settings that say the same, what differs, and what can't be done.

use std::fs;

use secrecy::ExposeSecret;
use toml::{Table, Value};

use super::routes;
use super::seen;
use super::told::{Told, User};
use super::url;
use crate::settings::{Given, Layer, without_newline};
use crate::startup::adoption::Report;

/// AUTH_PASSWORD_VALIDATORS of a new project.
const VALIDATORS: [&str; 4] = [
    "UserAttributeSimilarityValidator",
    "MinimumLengthValidator",
    "CommonPasswordValidator",
    "NumericPasswordValidator",
];

const MODEL_BACKEND: &str = "django.contrib.auth.backends.ModelBackend";
const ALL_USERS_BACKEND: &str = "django.contrib.auth.backends.AllowAllUsersModelBackend";

/// The settings that a project's own are here, below what is given otherwise, and what is to be said of it.
pub(crate) fn judge(told: &Told, given: &Given, report: &mut Report) -> Vec<Layer> {
    report.fact(format!(
        "The project ({}) runs on Django {}{}.",
        told.settings,
        told.django,
        if told.simplejwt.is_empty() {
            String::new()
        } else {
            format!(" with SimpleJWT {}", told.simplejwt)
        }
    ));
    if told.simplejwt.is_empty() {
        report.problem("the project does not use rest_framework_simplejwt, whose tokens are all that Gatepost knows; install it and log users in by it first, or stay with Django".to_owned());
    }
    let mut layers = Vec::new();
    let mut project = Project {
        report,
        given,
        layers: &mut layers,
    };
    project.tokens(told);
    project.keys(told);
    project.database(told);
    project.server(told);
    project.passwords(told);
    project.user(&told.user);
    if !told.cors.is_empty() {
        project.section("cors", "CORS_", &told.cors);
    }
    for (name, value) in &told.unknown_cors {
        project.report.remark(format!("CORS_{name} of the project is {value}, which no setting here can say: look at [cors] of the settings."));
    }
    if told.backends.iter().any(|name| name == ALL_USERS_BACKEND) {
        project.set("users.inactive_may_log_in", true);
    }
    let is_ours = |name: &&String| [MODEL_BACKEND, ALL_USERS_BACKEND].contains(&name.as_str());
    let is_also = told.backends.iter().any(|name| is_ours(&name));
    let way = if is_also { "may also log in" } else { "log in" };
    for backend in told.backends.iter().filter(|name| !is_ours(name)) {
        project.report.remark(format!("Users {way} by {backend} in the project; Gatepost compares the password in the users' table and knows no other way. Let the proxy send such logins to Django."));
    }
    routes::judge(told, project.report);
    seen::judge(told, project.report);
    layers
}

/// A report under way, with the settings.
struct Project<'p> {
    report: &'p mut Report,
    given: &'p Given,
    layers: &'p mut Vec<Layer>,
}

impl Project<'_> {
    /// Takes a setting that Gatepost can have, or says why it can't.
    fn set(&mut self, key: &str, value: impl Into<Value>) -> bool {
        let layer = Layer::project(key, value.into());
        // what somebody gives wins, whatever the project says
        let is_given = self.given.has(key);
        let why = self.given.refusal(&layer, self.layers);
        match why.filter(|_| !is_given) {
            None => {
                self.layers.push(layer);
                true
            }
            Some(why) => {
                self.report.problem(format!(
                    "{why}; to go without it, write {key} as it is to be into gatepost.toml"
                ));
                false
            }
        }
    }

    /// All settings of a section that Gatepost has as well.
    fn section(&mut self, section: &str, named: &str, table: &Table) {
        for (key, value) in table {
            let name = format!("{section}.{key}");
            if let ("simple_jwt.verifying_key", Some(text)) = (name.as_str(), value.as_str()) {
                self.key(&name, text);
            } else if crate::settings::is_known(&name) {
                self.set(&name, value.clone());
            } else {
                self.report.fact(format!(
                    "{named}{} of the project has no meaning here and is left out.",
                    key.to_uppercase()
                ));
            }
        }
    }

    fn keys(&mut self, told: &Told) {
        if told.secret_key.expose_secret().is_empty() {
            self.report.problem("the project's SECRET_KEY is empty; give it as the project's own server has it (look for a variable of the environment), then run this again".to_owned());
            return;
        }
        self.key("server.secret_key", told.secret_key.expose_secret());
        if let Some(key) = &told.signing_key {
            self.key("simple_jwt.signing_key", key.expose_secret());
        }
    }

    /// Takes a key, unless somebody gives a file of it.
    fn key(&mut self, key: &str, value: &str) {
        let file = format!("{key}_file");
        let Some(origin) = self.given.origin(&file) else {
            self.set(key, value);
            return;
        };
        let path = self.given.text(&file).unwrap_or_default();
        let text = fs::read_to_string(path).ok();
        if text.is_none_or(|text| without_newline(&text) != without_newline(value)) {
            self.report.remark(format!(
                "{file} is taken from {origin}; the project says another key."
            ));
        }
    }

    fn database(&mut self, told: &Told) {
        match url::of(&told.database) {
            Ok(url) => {
                self.set("database.url", url.expose_secret());
            }
            Err(why) => self.report.problem(why),
        }
        if !told.database.others.is_empty() {
            self.report.remark(format!(
                "The project has more databases ({}); Gatepost uses the one that Django calls default, and all its tables have to be there.",
                told.database.others.join(", ")
            ));
        }
    }

    fn server(&mut self, told: &Told) {
        self.set("server.use_tz", told.use_tz);
        if !told.time_zone.is_empty() {
            self.set("server.time_zone", told.time_zone.as_str());
        }
        if !told.allowed_hosts.is_empty() {
            let hosts = told
                .allowed_hosts
                .iter()
                .map(String::as_str)
                .map(Value::from);
            self.set("server.allowed_hosts", Value::Array(hosts.collect()));
        } else if !told.debug {
            self.report.remark("ALLOWED_HOSTS of the project is empty, and its Django answers no request; Gatepost answers for every host until server.allowed_hosts names some.".to_owned());
        }
        if !told.root_path.is_empty() {
            self.set("server.root_path", told.root_path.as_str());
        }
        if told.hsts > 0 {
            self.set("server.hsts", told.hsts);
            self.set(
                "server.hsts_include_subdomains",
                told.hsts_include_subdomains,
            );
            self.set("server.hsts_preload", told.hsts_preload);
        }
        if told.body < 0 {
            self.set("limits.body", "64MiB");
            self.report.remark("DATA_UPLOAD_MAX_MEMORY_SIZE of the project is None; Gatepost reads bodies of up to 64 MiB.".to_owned());
        } else {
            self.set("limits.body", told.body);
        }
    }

    fn tokens(&mut self, told: &Told) {
        let mut settings = told.simple_jwt.clone();
        let is_sliding = |text: &String| text.contains("Sliding");
        let classes = settings.get("auth_token_classes").map(Value::to_string);
        let views = told.routes.iter().map(|route| &route.view);
        if !views.chain(&classes).any(is_sliding) {
            // nobody is handed such tokens
            settings.retain(|name, _| !name.starts_with("sliding_"));
        }
        let field = settings.get("user_id_field").and_then(Value::as_str);
        let field = field.filter(|field| !["id", "pk", "username", "email"].contains(field));
        if let Some(field) = field.map(str::to_owned)
            && !self.given.has("simple_jwt.user_id_field")
        {
            self.report.problem(format!("tokens can't name users by {field:?} here (SIMPLE_JWT's USER_ID_FIELD), but by id, username or email alone; set it to \"id\" in the project, after which everybody logs in anew, or stay with Django"));
            settings.remove("user_id_field");
        }
        self.section("simple_jwt", "SIMPLE_JWT's ", &settings);
        let mut routes = told.routes.iter();
        if routes.any(|route| route.view.contains("SlidingView")) {
            self.set("tokens.sliding", true);
        }
        if routes::is_stateless(told) {
            self.set("tokens.stateless", true);
        }
        for (name, value) in &told.unknown_jwt {
            let key = format!("simple_jwt.{}", name.to_lowercase());
            if let Some(layer) = self.given.origin(&key) {
                self.report.remark(format!(
                    "{key} is taken from {layer}; the project says {value}."
                ));
                continue;
            }
            self.report.problem(format!(
                "SIMPLE_JWT's {name} of the project is {value}, which no setting here can say; to go without it, write {key} as it is to be into gatepost.toml"
            ));
        }
    }

    fn passwords(&mut self, told: &Told) {
        let first = told.hashers.first().map_or("", String::as_str);
        match first {
            "pbkdf2_sha256" => {
                self.set("passwords.iterations", told.iterations);
            }
            "argon2" => {
                self.set("passwords.preferred", "argon2");
            }
            other if told.hashers.iter().any(|name| name == "pbkdf2_sha256") => {
                self.report.remark(format!("New passwords are hashed by {other} in the project; Gatepost writes pbkdf2_sha256, which the project reads as well, and rewrites at its next login there."));
            }
            other => self.report.problem(format!("new passwords are hashed by {other} in the project, which reads no pbkdf2_sha256 and no argon2, which Gatepost writes; add `django.contrib.auth.hashers.PBKDF2PasswordHasher` to PASSWORD_HASHERS, then run this again")),
        }
        let validators: Vec<&str> = told.validators.iter().map(String::as_str).collect();
        if validators != VALIDATORS || !told.validator_options.is_empty() {
            let theirs = if validators.is_empty() {
                "none".to_owned()
            } else {
                validators.join(", ")
            };
            let options = if told.validator_options.is_empty() {
                ""
            } else {
                " with options of its own"
            };
            self.report.remark(format!("New passwords are checked by Django's four validators with their defaults, and the project's AUTH_PASSWORD_VALIDATORS are {theirs}{options}; let the proxy send registrations to Django where that matters."));
        }
    }

    fn user(&mut self, user: &User) {
        self.set("users.table", user.table.as_str());
        if user.lacks.iter().any(|column| column == "password") {
            self.report.problem(format!("the user model {} has no password column, and Gatepost logs users in by their password; stay with Django", user.label));
            return;
        }
        if let [parent, ..] = user.parents.as_slice() {
            self.report.problem(format!("the user model {} keeps its columns in two tables ({parent} and {}), and Gatepost reads one; make it a subclass of AbstractUser, or stay with Django", user.label, user.table));
            return;
        }
        if !user.key.ends_with("AutoField") && !user.key.ends_with("IntegerField") {
            self.report.problem(format!("the key of the user model {} is a {}, and Gatepost knows users by whole numbers alone so far; keys such as UUIDs are not possible yet: stay with Django until they are", user.label, user.key));
            return;
        }
        if user.key_column != "id" {
            self.report.problem(format!("the key of the user model {} is the column {}, and Gatepost reads id; name the field id (`db_column=\"id\"`), or stay with Django", user.label, user.key_column));
            return;
        }
        let username = user.username_field.as_str();
        if !["username", "email"].contains(&username) {
            self.report.problem(format!("users of {} log in with {username} (USERNAME_FIELD), and Gatepost knows username and email alone; stay with Django", user.label));
            return;
        }
        let lacks = user.lacks.iter().map(String::as_str);
        let lacks: Vec<&str> = lacks
            .filter(|column| !(*column == "username" && username == "email"))
            .collect();
        if !lacks.is_empty() {
            self.report.problem(format!("the user model {} lacks columns of Django's AbstractUser ({}); add them to the model, then run `manage.py makemigrations` and `manage.py migrate`, or stay with Django", user.label, lacks.join(", ")));
            return;
        }
        for (column, why) in &user.unknown {
            self.report.problem(format!("{}.{column} {why}, so that nobody can register here; give the field `null=True` or a fixed default in the project's model and migrate, or write what a new user has there into gatepost.toml ([users.defaults], {column} = …)", user.table));
        }
        if !user.required.is_empty() {
            self.report.remark(format!("A registration here leaves {} of {} empty, which the project's model wants to be given; let the proxy send registrations to Django where that matters.", user.required.join(", "), user.table));
        }
        self.set("users.username_field", username);
        self.set("users.defaults", user.defaults.clone());
        report_user(self.report, user);
    }
}

fn report_user(report: &mut Report, user: &User) {
    if user.table == "auth_user" {
        return;
    }
    let columns: Vec<&str> = user.defaults.keys().map(String::as_str).collect();
    let defaults = if columns.is_empty() {
        String::new()
    } else {
        format!(
            " A new user has the model's defaults in {}.",
            columns.join(", ")
        )
    };
    report.fact(format!(
        "Users are {} in the table {}, and log in with their {}.{defaults}",
        user.label, user.table, user.username_field
    ));
}
