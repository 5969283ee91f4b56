//! What of a library others can use, a line for each item, from what rustdoc says of it: for `scripts/sdk-api`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("sdk_api: name the file that rustdoc has written");
        return ExitCode::FAILURE;
    };
    let api = public_api::Builder::from_rustdoc_json(&file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build();
    match api {
        Ok(api) => {
            #[expect(clippy::print_stdout, reason = "it is what the script prints")]
            {
                print!("{api}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("sdk_api: {} can't be read: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
