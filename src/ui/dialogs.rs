//! The system's file dialogs, each on a thread of its own, so that the window lives while one is open.
//!
//! Must not know: what is done with the answer.

use crate::state::bench::Well;
use crate::state::morph::FilmKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What a dialog was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// A checkpoint to open.
    Open,
    /// A checkpoint to compare with.
    Compare,
    /// A checkpoint to put beside others.
    Beside,
    /// The folder into which a comparison is written.
    Families,
    /// Where to save the explored model.
    Save,
    /// A folder with data, for the data page.
    DataFolder,
    /// A folder with data, for the training form.
    TrainingFolder,
    /// Where the data of a training that is to go on is now.
    MovedData,
    /// A folder of runs.
    Runs,
    /// Where a film goes.
    Film,
    /// Where a run's losses go.
    Csv,
    /// A picture to edit.
    Picture,
    /// A picture to enlarge at its own size.
    Enlarge,
    /// Where the enlarged picture goes.
    Enlarged,
    /// A file whose latents go into a well.
    Well(Well),
    /// Where the picture goes.
    SavePicture,
    /// Directions to open.
    DirectionsIn,
    /// Where directions go.
    DirectionsOut,
    /// A tour to open.
    TourIn,
    /// Where a tour goes.
    TourOut,
    /// Where the film of a morph goes.
    Morph(FilmKind),
    /// Where a clip goes.
    Clip(FilmKind),
}

/// Dialogs that are open, and their answers.
pub struct Dialogs {
    answers: Receiver<(Dialog, Option<PathBuf>)>,
    send: Sender<(Dialog, Option<PathBuf>)>,
    open: Option<Dialog>,
}

impl Default for Dialogs {
    fn default() -> Self {
        let (send, answers) = channel();
        Self { answers, send, open: None }
    }
}

impl Dialogs {
    /// Opens a dialog, unless one is open. `wake` is called when it was answered.
    pub fn ask(
        &mut self,
        ask: Dialog,
        name: &str,
        wake: impl FnOnce() + Send + 'static,
    ) -> Result<(), String> {
        if self.open.is_some() {
            return Ok(());
        }
        if cfg!(target_os = "linux") && !offered() {
            return Err(
                "this system has no program for file dialogs: install zenity, or xdg-desktop-portal with a backend; or drop the file onto the window"
                    .into(),
            );
        }
        let (send, name) = (self.send.clone(), name.to_owned());
        let thread = std::thread::Builder::new().name("dialog".into()).spawn(move || {
            let dialog = rfd::FileDialog::new();
            let checkpoints = |d: rfd::FileDialog| {
                d.add_filter(
                    "weights",
                    &["safetensors", "pt", "pth", "ckpt", "bin", "pkl", "bpk", "mpk", "npz", "npy", "gz"],
                )
                .add_filter("any file", &["*"])
            };
            let answer = match ask {
                Dialog::Open => checkpoints(dialog).set_title("Open a checkpoint").pick_file(),
                Dialog::Compare => {
                    checkpoints(dialog).set_title("Choose a checkpoint to compare with").pick_file()
                }
                Dialog::Beside => {
                    checkpoints(dialog).set_title("Choose a checkpoint to put beside the others").pick_file()
                }
                Dialog::Families => {
                    dialog.set_title("Choose where the folder with table and picture goes").pick_folder()
                }
                Dialog::Save => checkpoints(dialog)
                    .set_title("Save the model")
                    .set_file_name(format!("{name}.safetensors"))
                    .save_file()
                    .map(|path| ending(&path, "safetensors")),
                Dialog::Runs => dialog.set_title("Choose a folder of runs").pick_folder(),
                Dialog::Csv => dialog
                    .add_filter("comma-separated values", &["csv"])
                    .set_title("Save every step's losses")
                    .set_file_name(format!("{name}.csv"))
                    .save_file()
                    .map(|path| ending(&path, "csv")),
                Dialog::Film => dialog
                    .add_filter("animated GIF", &["gif"])
                    .set_title("Save the film")
                    .set_file_name(format!("{name}.gif"))
                    .save_file()
                    .map(|path| ending(&path, "gif")),
                Dialog::Picture => dialog.set_title("Choose a picture to edit").pick_file(),
                Dialog::Well(_) => dialog
                    .add_filter(
                        "pictures and latents",
                        &["png", "jpg", "jpeg", "txt", "csv", "json", "npy", "npz"],
                    )
                    .add_filter("any file", &["*"])
                    .set_title("Choose a picture, or a file with latents")
                    .pick_file(),
                Dialog::Enlarge => dialog.set_title("Choose a picture of any size to enlarge").pick_file(),
                Dialog::SavePicture | Dialog::Enlarged => dialog
                    .add_filter("PNG", &["png"])
                    .set_title("Save the picture")
                    .set_file_name(format!("{name}.png"))
                    .save_file()
                    .map(|path| ending(&path, "png")),
                Dialog::TourIn => dialog.add_filter("tours", &["toml"]).set_title("Open a tour").pick_file(),
                Dialog::TourOut => dialog
                    .add_filter("tours", &["toml"])
                    .set_title("Save the tour")
                    .set_file_name(format!("{name}.toml"))
                    .save_file()
                    .map(|path| ending(&path, "toml")),
                Dialog::DirectionsIn => {
                    dialog.add_filter("directions", &["json"]).set_title("Open directions").pick_file()
                }
                Dialog::DirectionsOut => dialog
                    .add_filter("directions", &["json"])
                    .set_title("Save the directions")
                    .set_file_name(format!("{name}.json"))
                    .save_file()
                    .map(|path| ending(&path, "json")),
                Dialog::Morph(FilmKind::Frames) | Dialog::Clip(FilmKind::Frames) => dialog
                    .set_title("Choose where the folder of frames goes")
                    .pick_folder()
                    .map(|into| crate::engine::folder::free(&into, &name)),
                Dialog::Morph(kind) | Dialog::Clip(kind) => {
                    let (about, end) = match kind {
                        FilmKind::Gif => ("animated GIF", "gif"),
                        _ => ("animated PNG", "png"),
                    };
                    let named = dialog
                        .add_filter(about, &[end])
                        .set_title("Save the film")
                        .set_file_name(format!("{name}.{end}"))
                        .save_file();
                    named.map(|path| ending(&path, end))
                }
                Dialog::DataFolder | Dialog::TrainingFolder | Dialog::MovedData => {
                    dialog.set_title(crate::data::spec::FOLDER).pick_folder()
                }
            };
            // The window may be gone by now; then nobody waits for the answer.
            let _ = send.send((ask, answer));
            wake();
        });
        thread.map_err(|e| {
            format!("the file dialog could not be opened: {e}; drop the file onto the window instead")
        })?;
        self.open = Some(ask);
        Ok(())
    }

    /// The next answer; `None` inside = cancelled.
    pub fn answer(&mut self) -> Option<(Dialog, Option<PathBuf>)> {
        let answer = self.answers.try_recv().ok()?;
        self.open = None;
        Some(answer)
    }
}

/// Whether a Linux has what draws file dialogs: zenity, or a portal on the session's bus.
fn offered() -> bool {
    let places = |name: &str, usual: &str| -> Vec<PathBuf> {
        let all = std::env::var_os(name).filter(|v| !v.is_empty()).unwrap_or_else(|| usual.into());
        std::env::split_paths(&all).collect()
    };
    let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|d| Path::new(&d).join("bus").exists());
    let service = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    let portal =
        || places("XDG_DATA_DIRS", "/usr/local/share:/usr/share").iter().any(|d| d.join(service).exists());
    places("PATH", "/usr/local/bin:/usr/bin:/bin").iter().any(|d| d.join("zenity").is_file())
        || bus && portal()
}

/// The path with the ending that says what the file is; some dialogs leave it to the person.
fn ending(path: &Path, end: &str) -> PathBuf {
    let has = path.extension().is_some_and(|e| e.eq_ignore_ascii_case(end));
    if has { path.into() } else { PathBuf::from(format!("{}.{end}", path.display())) }
}
