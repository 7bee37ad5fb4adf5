//! Opens the window: which renderer, which device, which size.
//!
//! Must not know: what the window shows.

use crate::app::{App, Start};
use crate::cli::args::Renderer;
use eframe::egui;
use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};

/// What still works where no window can be opened.
pub const HEADLESS: &str =
    "zscope train, eval, sample, inspect, recipes and data work without one (zscope help explains each)";

/// Opens it and stays until it is closed. `make` builds the app that runs in it.
pub fn open(
    renderer: Renderer,
    size: [f32; 2],
    make: impl FnOnce(&eframe::CreationContext<'_>) -> Result<Box<dyn eframe::App>, String> + 'static,
) -> Result<(), String> {
    display()?;
    let wgpu = match renderer {
        Renderer::Wgpu => true,
        Renderer::Glow => false,
        // On software adapters egui's OpenGL path draws about twice as fast (ARCHITECTURE.md).
        Renderer::Auto => crate::gpu::hardware_exists(),
    };
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("zscope")
            .with_app_id("zscope")
            .with_icon(icon())
            .with_inner_size(size)
            .with_min_inner_size([640.0, 420.0])
            .with_drag_and_drop(true),
        renderer: if wgpu { eframe::Renderer::Wgpu } else { eframe::Renderer::Glow },
        wgpu_options: WgpuConfiguration {
            wgpu_setup: WgpuSetup::CreateNew(crate::gpu::window_setup(
                WgpuSetupCreateNew::without_display_handle(),
            )),
            ..Default::default()
        },
        persist_window: false,
        ..Default::default()
    };
    let run = eframe::run_native("zscope", options, Box::new(move |cc| make(cc).map_err(Into::into)));
    run.map_err(|e| format!("the window could not be opened ({e}); {HEADLESS}"))
}

/// A face that the shipped model draws (`./pictures` made it).
fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../assets/icon.png")).unwrap_or_default()
}

/// Opens zscope.
pub fn explore(renderer: Renderer, start: Start) -> Result<(), String> {
    open(renderer, [1440.0, 900.0], move |cc| {
        close_when_asked(&cc.egui_ctx);
        Ok(Box::new(App::new(cc, start)?))
    })
}

/// Closes the window, which saves a training, when the system asks the program to end; asked twice, it ends at once.
#[cfg(unix)]
fn close_when_asked(ctx: &egui::Context) {
    use signal_hook::{consts::TERM_SIGNALS, flag, iterator::Signals};
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let caught = TERM_SIGNALS.iter().try_for_each(|signal| {
        flag::register_conditional_shutdown(*signal, 1, asked.clone())?;
        flag::register(*signal, asked.clone()).map(drop)
    });
    // Where signals cannot be caught the program ends as any other would.
    let (Ok(()), Ok(mut signals)) = (caught, Signals::new(TERM_SIGNALS)) else { return };
    let ctx = ctx.clone();
    let wait = move || {
        if signals.forever().next().is_some() {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            ctx.request_repaint();
        }
    };
    if let Err(e) = std::thread::Builder::new().name("signals".into()).spawn(wait) {
        log::warn!("no thread could be started to wait for signals: {e}");
    }
}

/// Elsewhere a window is closed by a message of the system, which eframe hears.
#[cfg(not(unix))]
fn close_when_asked(_: &egui::Context) {}

/// Whether there is a display. Only X11 and Wayland can lack one.
pub fn display() -> Result<(), String> {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    if cfg!(all(unix, not(target_os = "macos"))) && !set("DISPLAY") && !set("WAYLAND_DISPLAY") {
        return Err(format!(
            "there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set); {HEADLESS}"
        ));
    }
    Ok(())
}
