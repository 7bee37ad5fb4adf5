//! Paints a picture into a rectangle of the window: from the GPU buffer it was computed in, or as a texture when its
//! numbers are in memory.
//!
//! Must not know: what the picture shows.

use super::{Image, Pixels};
use eframe::egui::{self, Color32, ColorImage, Pos2, Rect, TextureHandle, TextureOptions};
use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};
use eframe::wgpu::{self, util::DeviceExt};
use std::sync::{Arc, OnceLock};

/// How a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Bilinear between pixels; otherwise hard squares.
    pub smooth: bool,
    /// The value that is drawn black; nominally 0.
    pub low: f32,
    /// The value that is drawn white, above `low`; nominally 1.
    pub high: f32,
}

impl Look {
    /// All of 0–1.
    pub fn plain(smooth: bool) -> Self {
        Self { smooth, low: 0.0, high: 1.0 }
    }
}

/// What a texture holds: the picture's values, those that it is shown minus, and how. Kept alive so that their addresses
/// can't be given to others.
type Held = (Arc<Vec<f32>>, Option<Arc<Vec<f32>>>, Look);

/// One place where pictures are painted; keeps the texture of the last one in memory.
#[derive(Default)]
pub struct Canvas {
    held: Option<Held>,
    texture: Option<TextureHandle>,
}

impl Canvas {
    /// The shape that fills `rect` (points) with the picture. `minus`: shows the difference to that picture on middle
    /// grey instead; one of another shape, or in another memory, is ignored.
    pub fn shape(
        &mut self,
        ctx: &egui::Context,
        rect: Rect,
        image: &Image,
        look: Look,
        minus: Option<&Image>,
    ) -> egui::Shape {
        let shape = |i: &Image| (i.width, i.height, i.channels);
        let minus = minus.filter(|m| shape(m) == shape(image));
        match &image.pixels {
            Pixels::Cpu(values) => {
                let other = minus.and_then(|m| if let Pixels::Cpu(v) = &m.pixels { Some(v) } else { None });
                let same = |a: Option<&Arc<Vec<f32>>>, b: Option<&Arc<Vec<f32>>>| match (a, b) {
                    (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                    (a, b) => a.is_none() && b.is_none(),
                };
                let held = self.held.as_ref();
                if !held
                    .is_some_and(|(v, o, l)| Arc::ptr_eq(v, values) && same(o.as_ref(), other) && *l == look)
                {
                    self.upload(ctx, image, values, look, other.map(|o| o.as_slice()));
                    self.held = Some((values.clone(), other.cloned(), look));
                }
                let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
                let texture = self.texture.as_ref();
                texture.map_or(egui::Shape::Noop, |t| egui::Shape::image(t.id(), rect, uv, Color32::WHITE))
            }
            Pixels::Gpu(_) => {
                let minus = minus.filter(|m| matches!(m.pixels, Pixels::Gpu(_))).cloned();
                let picture = Picture { image: image.clone(), minus, look, group: OnceLock::new() };
                egui_wgpu::Callback::new_paint_callback(rect, picture).into()
            }
        }
    }

    fn upload(
        &mut self,
        ctx: &egui::Context,
        image: &Image,
        values: &[f32],
        look: Look,
        minus: Option<&[f32]>,
    ) {
        let options = if look.smooth { TextureOptions::LINEAR } else { TextureOptions::NEAREST };
        let pixels = color_image(image, values, look, minus);
        match &mut self.texture {
            Some(texture) => texture.set(pixels, options),
            None => self.texture = Some(ctx.load_texture("picture", pixels, options)),
        }
    }
}

fn color_image(image: &Image, values: &[f32], look: Look, minus: Option<&[f32]>) -> ColorImage {
    let plane = image.width * image.height;
    let byte = |v: f32| (((v - look.low) / (look.high - look.low)).clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    let step = if image.channels == 3 { plane } else { 0 };
    let at = |i: usize| {
        let v = values.get(i).copied().unwrap_or(0.0);
        byte(minus.and_then(|m| m.get(i)).map_or(v, |m| v - m + 0.5))
    };
    let pixels = (0..plane).map(|i| Color32::from_rgb(at(i), at(i + step), at(i + 2 * step))).collect();
    ColorImage::new([image.width, image.height], pixels)
}

/// The pipeline, made once per window.
struct Painter {
    pipeline: wgpu::RenderPipeline,
    linear_target: bool,
}

/// Makes the picture pipeline for this window. Call once, before the first GPU picture is painted.
pub fn prepare(state: &RenderState) {
    let source = wgpu::ShaderSource::Wgsl(include_str!("../../shaders/picture.wgsl").into());
    let module =
        state.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("picture"), source });
    let pipeline = state.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("picture"),
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_main"),
            buffers: &[],
            compilation_options: Default::default(),
        },
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_main"),
            targets: &[Some(state.target_format.into())],
            compilation_options: Default::default(),
        }),
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        cache: None,
        multiview_mask: None,
    });
    let painter = Painter { pipeline, linear_target: state.target_format.is_srgb() };
    state.renderer.write().callback_resources.insert(painter);
}

/// One painting of one picture in one frame.
struct Picture {
    image: Image,
    minus: Option<Image>,
    look: Look,
    group: OnceLock<wgpu::BindGroup>,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniform {
    width: u32,
    height: u32,
    channels: u32,
    smooth: u32,
    linear_target: u32,
    difference: u32,
    low: f32,
    high: f32,
}

impl CallbackTrait for Picture {
    fn prepare(
        &self,
        device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let (Some(painter), Pixels::Gpu(range)) = (resources.get::<Painter>(), &self.image.pixels) else {
            return Vec::new();
        };
        let uniform = Uniform {
            width: self.image.width as u32,
            height: self.image.height as u32,
            channels: self.image.channels as u32,
            smooth: self.look.smooth.into(),
            linear_target: painter.linear_target.into(),
            difference: self.minus.is_some().into(),
            low: self.look.low,
            high: self.look.high,
        };
        let uniform = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("picture"),
            contents: bytemuck::bytes_of(&uniform),
            usage: wgpu::BufferUsages::UNIFORM,
        });
        let other = match self.minus.as_ref().map(|m| &m.pixels) {
            Some(Pixels::Gpu(other)) => other,
            _ => range,
        };
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("picture"),
            layout: &painter.pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: range.binding() },
                wgpu::BindGroupEntry { binding: 1, resource: uniform.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 2, resource: other.binding() },
            ],
        });
        let _ = self.group.set(group);
        Vec::new()
    }

    fn paint(
        &self,
        info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let (Some(painter), Some(group)) = (resources.get::<Painter>(), self.group.get()) {
            // egui cuts its viewport at the window's edge, which would squeeze a picture that is partly outside.
            let (at, scale) = (info.viewport, info.pixels_per_point);
            let [x, y, right, low] = [at.min.x, at.min.y, at.max.x, at.max.y].map(|v| (v * scale).round());
            if right > x && low > y {
                pass.set_viewport(x, y, right - x, low - y, 0.0, 1.0);
            }
            pass.set_pipeline(&painter.pipeline);
            pass.set_bind_group(0, group, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}
