//! Why a project could not be asked: what its Python said, in one sentence with the remedy.

use std::path::Path;
use std::time::Duration;

/// The program can't be run at all.
pub(super) fn not_run(python: &Path, why: &std::io::Error) -> String {
    format!(
        "the Python {} can't be run: {why}; name the Python of the project's virtual environment with --python",
        python.display()
    )
}

/// It does not come to its end.
pub(super) fn hangs(python: &Path, manage: &Path, patience: Duration) -> String {
    format!(
        "the project has not answered for {} s and was ended; see what `{} {} check` waits for, or give it longer with --timeout",
        patience.as_secs(),
        python.display(),
        manage.display()
    )
}

/// It ended without an answer: the last line of a traceback says why.
pub(super) fn no_answer(python: &Path, manage: &Path, errors: &str) -> String {
    let (python, manage) = (python.display(), manage.display());
    let mut lines = errors.lines().map(str::trim_end);
    let last = lines
        .rfind(|line| !line.is_empty() && !line.starts_with(' '))
        .unwrap_or_default();
    if let Some(variable) = variable(last, errors) {
        return format!(
            "the project needs the environment variable {variable}, which is not set; set it as the project's own server has it, then run this again"
        );
    }
    if let Some(module) = last.strip_prefix("ModuleNotFoundError: No module named ") {
        let module = module.trim_matches('\'');
        return format!(
            "the project imports the module {module}, which {python} does not have; name the Python of the project's virtual environment with --python, or install the module there"
        );
    }
    if errors.contains("Couldn't import Django") {
        return format!(
            "the project imports Django, which {python} does not have; name the Python of the project's virtual environment with --python"
        );
    }
    // what an exception says may hold a secret, such as the URL of a database
    let ended = match exception(last) {
        Some(exception) => format!("it ended with {exception}"),
        None => "it ended without an answer".to_owned(),
    };
    format!(
        "the project can't be started by {python}: {ended}; run `{python} {manage} check`, mend what it says, then run this again"
    )
}

/// The class of the exception that the last line of a traceback names.
fn exception(last: &str) -> Option<&str> {
    let class = last.split_once(": ").map_or(last, |(class, _)| class);
    let name = class.rsplit('.').next()?;
    let is_class = name.starts_with(|char: char| char.is_ascii_uppercase())
        && [
            "Error",
            "Exception",
            "Configured",
            "Exists",
            "Interrupt",
            "NotReady",
        ]
        .iter()
        .any(|end| name.ends_with(end));
    let is_path = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '.';
    (is_class && class.chars().all(is_path)).then_some(class)
}

/// The variable of the environment that was missed, as `os.environ`, django-environ, decouple and their like say it.
fn variable<'e>(last: &'e str, errors: &str) -> Option<&'e str> {
    let is_name = |word: &&str| {
        let is_of_name =
            |char: char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_';
        word.len() > 1
            && word.chars().all(is_of_name)
            && !word.starts_with(|char: char| char.is_ascii_digit())
    };
    let (kind, said) = last.split_once(": ")?;
    let says_so = match kind.rsplit('.').next()? {
        "KeyError" => errors.contains("environ"),
        "UndefinedValueError" | "EnvError" | "ValidationError" => true,
        "ImproperlyConfigured" => said.contains("environment"),
        _ => said.to_lowercase().contains("environment variable"),
    };
    let mut words = said.split(|char: char| !(char.is_ascii_alphanumeric() || char == '_'));
    words.find(is_name).filter(|_| says_so)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(errors: &str) -> String {
        no_answer(Path::new("py"), Path::new("m.py"), errors)
    }

    #[test]
    fn a_missing_variable_is_named() {
        let of_os = "Traceback (most recent call last):\n  File \"<frozen os>\", line 679, in __getitem__\n    os.environ[x]\nKeyError: 'DATABASE_URL'\n";
        let others = [
            of_os,
            "django.core.exceptions.ImproperlyConfigured: Set the DATABASE_URL environment variable\n",
            "decouple.UndefinedValueError: DATABASE_URL not found. Declare it as envvar or define a default value.\n",
            "environs.exceptions.EnvValidationError: Environment variable \"DATABASE_URL\" not set\n",
            "RuntimeError: please set the environment variable DATABASE_URL\n",
        ];
        for errors in others {
            let said = said(errors);
            assert!(
                said.starts_with("the project needs the environment variable DATABASE_URL, which is not set; set it"),
                "{errors}: {said}"
            );
        }
        assert!(
            said("KeyError: 'DATABASE_URL'")
                .starts_with("the project can't be started by py: it ended with KeyError; run")
        );
    }

    #[test]
    fn a_module_that_is_missing_is_named() {
        let said = said("  File x\nModuleNotFoundError: No module named 'environ'\n");
        assert!(
            said.starts_with(
                "the project imports the module environ, which py does not have; name the Python"
            ),
            "{said}"
        );
    }
}
