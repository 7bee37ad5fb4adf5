//! One wgpu device for egui and Burn. The window's device is made with everything the adapter offers, because
//! Burn's kernels want more than egui's defaults; Burn then works on that same device, and a finished tensor
//! is drawn from the buffer in which it was computed.
//!
//! Must not know: models, the window's panels.

use super::{Image, Pixels};
use burn::tensor::{Device, Tensor, wgpu::WgpuSetup};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::wgpu::{AutoCompiler, WgpuServer};
use cubecl_runtime::config::{CubeClRuntimeConfig, RuntimeConfig, autotune::AutotuneLevel};
use eframe::egui_wgpu::{RenderState, WgpuSetupCreateNew};
use eframe::wgpu;
use std::sync::{Arc, Mutex, PoisonError};

/// A device on which Burn can work.
#[derive(Clone)]
pub struct Shared {
    /// Burn's handle.
    pub device: Device,
    /// Adapter and API in words.
    pub name: String,
    /// Whether it is hardware; a software adapter computes on the CPU, and slower than Burn flex does.
    pub hardware: bool,
}

/// Devices whose tensors a window can draw without a copy.
static DRAWABLE: Mutex<Vec<Device>> = Mutex::new(Vec::new());

/// Makes the window's wgpu device with all that the adapter can do.
pub fn window_setup(mut setup: WgpuSetupCreateNew) -> WgpuSetupCreateNew {
    setup.native_adapter_selector = Some(Arc::new(|adapters, surface| {
        let fits = |a: &&wgpu::Adapter| surface.is_none_or(|s| a.is_surface_supported(s));
        let best = adapters.iter().filter(fits).min_by_key(|a| rank(a));
        best.cloned().ok_or_else(|| "no graphics adapter can draw in this window".to_string())
    }));
    setup.device_descriptor = Arc::new(descriptor);
    setup
}

/// Registers the window's device with Burn, and has `trouble` called with a sentence when the device is lost or
/// reports an error (without that, wgpu ends the program).
pub fn share(
    state: &RenderState,
    trouble: impl Fn(String) + Send + Sync + 'static,
) -> Result<Shared, String> {
    let shared = register(&state.instance, &state.adapter, &state.device, &state.queue)?;
    DRAWABLE.lock().unwrap_or_else(PoisonError::into_inner).push(shared.device.clone());
    watch(&state.device, trouble);
    Ok(shared)
}

/// An instance that looks for no display: OpenGL would, and say on stderr what it misses.
fn undisplayed() -> wgpu::Instance {
    let mut about = wgpu::InstanceDescriptor::new_without_display_handle();
    about.backends = wgpu::Backends::PRIMARY;
    wgpu::Instance::new(about)
}

/// Whether this system can have a GPU at all: on Linux a driver shows one as a device file. Where there is none, nobody need
/// ask the adapters, whose drivers look for a display and say on stderr what they miss.
fn possible() -> bool {
    const FILES: [&str; 5] = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kgsl-3d0", "/dev/mali0"];
    !cfg!(target_os = "linux") || FILES.iter().any(|file| std::path::Path::new(file).exists())
}

/// A device with no window. `hardware_only`: fail where there is only a software adapter.
pub fn headless(hardware_only: bool) -> Result<Shared, String> {
    if hardware_only && !possible() {
        return Err("this machine has no GPU; choose the CPU".into());
    }
    let instance = undisplayed();
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let usable = |a: &&wgpu::Adapter| !hardware_only || is_hardware(a);
    let adapter = adapters.iter().filter(usable).min_by_key(|a| rank(a));
    let Some(adapter) = adapter else {
        return Err(
            "no GPU can be used here: no Vulkan, Metal or DirectX adapter was found; choose the CPU".into()
        );
    };
    let made = pollster::block_on(adapter.request_device(&descriptor(adapter)));
    let (device, queue) =
        made.map_err(|e| format!("{} refused a device ({e}); choose the CPU", named(adapter)))?;
    watch(&device, |message| log::error!("{message}"));
    register(&instance, adapter, &device, &queue)
}

/// Whether any hardware adapter exists: decides the window's renderer before there is a window.
pub fn hardware_exists() -> bool {
    if !possible() {
        return false;
    }
    let adapters = pollster::block_on(undisplayed().enumerate_adapters(wgpu::Backends::PRIMARY));
    adapters.iter().any(is_hardware)
}

/// Makes a `[channels, height, width]` tensor a picture: its own buffer where a window can draw that, else a copy
/// in memory.
pub fn publish(tensor: Tensor<3>) -> Result<Image, String> {
    let [channels, height, width] = tensor.dims();
    let drawable = DRAWABLE.lock().unwrap_or_else(PoisonError::into_inner).contains(&tensor.device());
    let pixels = if drawable {
        Pixels::Gpu(Arc::new(resource(tensor)?))
    } else {
        let values = tensor.into_data().try_into_vec::<f32>();
        Pixels::Cpu(Arc::new(values.map_err(|e| format!("the picture could not be read: {e:?}"))?))
    };
    Ok(Image { width, height, channels, pixels })
}

/// The range of a GPU buffer that holds a picture. It is not reused while this lives.
pub struct BufferRange(cubecl_runtime::storage::ManagedResource<cubecl::wgpu::WgpuResource>);

impl BufferRange {
    /// As a binding for the picture shader.
    pub fn binding(&self) -> wgpu::BindingResource<'_> {
        self.0.resource().as_wgpu_bind_resource()
    }
}

impl std::fmt::Debug for BufferRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BufferRange")
    }
}

/// Resolves what fusion has put off, makes it contiguous, and submits the work, so that a frame drawn later on the
/// same queue finds it finished.
fn resource(tensor: Tensor<3>) -> Result<BufferRange, String> {
    let say = |what: &str| format!("the picture could not be shared with the window: {what}");
    let fused = tensor.try_into_primitive::<burn_cubecl::Cube>().map_err(|_| say("it is not on the GPU"))?;
    let client = fused.client.clone();
    let cube: CubeTensor = into_contiguous(client.resolve_tensor_float::<CubeBackend>(fused));
    let found = cube.client.get_resource::<WgpuServer<AutoCompiler>>(cube.handle.clone());
    let found = found.map_err(|e| say(&format!("{e:?}")))?;
    cube.client.flush().map_err(|e| say(&format!("{e:?}")))?;
    Ok(BufferRange(found))
}

fn register(
    instance: &wgpu::Instance,
    adapter: &wgpu::Adapter,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) -> Result<Shared, String> {
    let hardware = is_hardware(adapter);
    if cfg!(feature = "spirv") && !hardware {
        return Err(format!(
            "{} is a software adapter, which the SPIR-V kernels of this build crash; choose the CPU, or build without --features spirv",
            named(adapter)
        ));
    }
    tune(hardware);
    let setup = WgpuSetup {
        instance: instance.clone(),
        adapter: adapter.clone(),
        device: device.clone(),
        queue: queue.clone(),
        backend: adapter.get_info().backend,
    };
    let made = Device::wgpu_options().setup(setup).init();
    let device = made.map_err(|e| format!("Burn can't use {} ({e:?}); choose the CPU", named(adapter)))?;
    Ok(Shared { device, name: named(adapter), hardware })
}

/// Burn tries several kernels for each product and keeps the fastest. A software adapter compiles them on the processor
/// for so long that the first step of a training takes minutes, and gains nothing by it: there it tries as few as it can.
fn tune(hardware: bool) {
    if !hardware {
        let mut config = CubeClRuntimeConfig::default();
        config.autotune.level = AutotuneLevel::Minimal;
        // Refused where Burn was in use before: it then goes on as it began.
        let _ = CubeClRuntimeConfig::try_set(config.override_from_env());
    }
}

fn watch(device: &wgpu::Device, trouble: impl Fn(String) + Send + Sync + 'static) {
    let trouble = Arc::new(trouble);
    let lost = trouble.clone();
    device.set_device_lost_callback(move |reason, message| {
        // Reported at the normal end of a device too, which nobody needs to hear of.
        if reason != wgpu::DeviceLostReason::Destroyed {
            lost(format!(
                "the graphics device was lost ({}); your run folder holds the last checkpoint, restart zscope",
                message.trim()
            ));
        }
    });
    device.on_uncaptured_error(Arc::new(move |error| {
        trouble(format!(
            "the graphics device reports an error: {error}; if pictures stay wrong, switch to the CPU"
        ));
    }));
}

#[expect(
    unsafe_code,
    reason = "Burn's kernels use wgpu's experimental features, which wgpu lets one enable only so"
)]
fn descriptor(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
    wgpu::DeviceDescriptor {
        label: Some("zscope"),
        // Mappable primary buffers are slow on discrete GPUs, and nothing here maps one.
        required_features: adapter.features().difference(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS),
        required_limits: adapter.limits(),
        // SAFETY: experimental features may have undefined behaviour when misused; Burn's kernels are the only code
        // that uses any, and cubecl enables the same on a device that it makes itself.
        experimental_features: unsafe { wgpu::ExperimentalFeatures::enabled() },
        ..Default::default()
    }
}

fn is_hardware(adapter: &wgpu::Adapter) -> bool {
    use wgpu::DeviceType::{DiscreteGpu, IntegratedGpu, VirtualGpu};
    matches!(adapter.get_info().device_type, DiscreteGpu | IntegratedGpu | VirtualGpu)
        && adapter.get_info().backend != wgpu::Backend::Gl
}

/// Smaller is better.
fn rank(adapter: &wgpu::Adapter) -> u8 {
    let kind = match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    };
    // OpenGL through wgpu has no compute worth having.
    kind + if adapter.get_info().backend == wgpu::Backend::Gl { 8 } else { 0 }
}

fn named(adapter: &wgpu::Adapter) -> String {
    let info = adapter.get_info();
    format!("{} · {:?}", info.name, info.backend)
}

/// Whether wgpu finds anything at all to draw with.
pub fn any_adapter() -> bool {
    !pollster::block_on(undisplayed().enumerate_adapters(wgpu::Backends::PRIMARY)).is_empty()
}
