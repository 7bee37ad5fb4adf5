//! Parses the arguments; opens the window or runs a headless command; nothing else.

use clap::Parser;
use zscope::cli::{self, Trouble, args::Cli};

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(command) => cli::run(command, cli.json),
        None => Err(Trouble::Failure("no window yet".into())),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(Trouble::Misuse(message)) => {
            eprintln!("zscope: {message}");
            std::process::ExitCode::from(2)
        }
        Err(Trouble::Failure(message)) => {
            eprintln!("zscope: {message}");
            std::process::ExitCode::from(1)
        }
    }
}
