//! The environment's variables, as a value that tests can set.

/// Where settings of the environment come from.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable of this process's environment; what is no text is not set.
pub(super) fn of_process(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}
