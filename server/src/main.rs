//! The binary: see `gatepost_server::commands`.

/// What glibc's allocator takes in a burst it mostly keeps, and it is slower.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    gatepost_server::commands::run()
}
