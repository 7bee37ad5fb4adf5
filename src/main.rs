//! Parses the arguments; opens the window or runs a headless command; nothing else.

use zscope::app::Start;
use zscope::cli::{
    self, Trouble,
    args::{Cli, On, parse},
};
use zscope::{pace, prefs, shipped, window as frame};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let _ = *pace::STARTED;
    let words: Vec<_> = std::env::args_os().collect();
    let cli = parse(&words).unwrap_or_else(|error| error.exit());
    let outcome = match cli.command {
        Some(command) => cli::run(command, cli.json),
        None => window(cli).map_err(Trouble::Failure),
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

fn window(cli: Cli) -> Result<(), String> {
    let store = prefs::path();
    let start = Start {
        prefs: store.as_deref().map(prefs::read).unwrap_or_default(),
        store,
        device: (cli.device != On::Auto).then(|| cli.device.into()),
        file: cli.file,
        shipped: shipped::MODELS,
        runs: None,
    };
    frame::explore(cli.renderer, start)
}
