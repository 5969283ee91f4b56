//! The arguments that say how a command prints, and whether it asks.

use clap::{Args, ColorChoice};

/// How a command prints, and whether it asks.
#[derive(Args, Clone, Default)]
pub(crate) struct OutputOptions {
    /// Print JSON, errors too; =FIELDS prints these alone (--json=id,title), =? lists them
    #[arg(
        long,
        global = true,
        value_name = "FIELDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "*",
        help_heading = "Output options"
    )]
    pub(crate) json: Option<String>,
    /// Print what this jq expression makes of the JSON; texts without quotes. One that begins with .[] takes the items
    /// of a list one by one
    #[arg(
        long,
        global = true,
        value_name = "EXPR",
        help_heading = "Output options"
    )]
    pub(crate) jq: Option<String>,
    /// Print the JSON by this template, each item of a list by itself: '{{ id }} {{ title }}'
    #[arg(
        long,
        global = true,
        value_name = "TEMPLATE",
        conflicts_with = "jq",
        help_heading = "Output options"
    )]
    pub(crate) template: Option<String>,
    /// When to use colours; auto heeds NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        help_heading = "Output options"
    )]
    pub(crate) color: Option<ColorChoice>,
    /// Print long output at once, without $PAGER
    #[arg(long, global = true, help_heading = "Output options")]
    pub(crate) no_pager: bool,
    /// Ask nothing and open no editor: what is missing is an error
    #[arg(long, global = true, help_heading = "Output options")]
    pub(crate) no_input: bool,
    /// Say nothing on stderr but warnings and errors
    #[arg(short, long, global = true, help_heading = "Output options")]
    pub(crate) quiet: bool,
}
