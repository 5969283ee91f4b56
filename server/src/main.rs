//! The binary: see `gatepost_server::commands`.

fn main() -> std::process::ExitCode {
    gatepost_server::commands::run()
}
