//! Where models run, in words.
//!
//! Must not know: what runs there.

use super::message::DeviceChoice;
use burn::tensor::Device;

/// A GPU that may be used.
#[derive(Clone)]
pub struct Gpu {
    /// Burn's handle (the window's own device, where there is a window).
    pub device: Device,
    /// Name and API in words.
    pub name: String,
    /// Whether it is hardware; a software adapter is only used when asked for.
    pub hardware: bool,
}

/// The device in use.
#[derive(Clone)]
pub struct Chosen {
    /// Burn's handle, without autodiff.
    pub device: Device,
    /// In words.
    pub name: String,
    /// Whether it is a GPU.
    pub gpu: bool,
}

/// Burn's flex backend.
pub fn cpu() -> Chosen {
    let threads = rayon::current_num_threads();
    let name = format!("CPU, {threads} thread{} (Burn flex)", if threads == 1 { "" } else { "s" });
    Chosen { device: Device::flex(), name, gpu: false }
}

/// Chooses. Fails with a sentence when a GPU is asked for and there is none.
pub fn choose(choice: DeviceChoice, gpu: Option<&Gpu>) -> Result<Chosen, String> {
    let on =
        |g: &Gpu| Chosen { device: g.device.clone(), name: format!("{} (Burn wgpu)", g.name), gpu: true };
    match (choice, gpu) {
        (DeviceChoice::Cpu, _) => Ok(cpu()),
        (DeviceChoice::Auto, Some(g)) if g.hardware => Ok(on(g)),
        (DeviceChoice::Auto, _) => Ok(cpu()),
        (DeviceChoice::Gpu, Some(g)) => Ok(on(g)),
        (DeviceChoice::Gpu, None) => {
            Err("no GPU can be used here: no Vulkan, Metal or DirectX adapter was found; choose the CPU"
                .into())
        }
    }
}
