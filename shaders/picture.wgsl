// Draws a planar float picture (channels × height × width) into egui's viewport, straight from the buffer of the
// tensor that it is. Must not know who computed it.

struct Picture {
    width: u32,
    height: u32,
    channels: u32,
    // 1 = bilinear, 0 = nearest.
    smooth_pixels: u32,
    // 1 = the target converts linear to sRGB when it stores, so hand it linear values.
    linear_target: u32,
    // 1 = show how the picture differs from the other one, on middle grey.
    difference: u32,
    // The values that are drawn black and white.
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<uniform> picture: Picture;
// The picture to differ from; of the same shape. The same as `values` where there is none.
@group(0) @binding(2) var<storage, read> others: array<f32>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

// One triangle that covers the viewport.
@vertex fn vs_main(@builtin(vertex_index) i: u32) -> Corner {
    let uv = vec2<f32>(f32((i << 1u) & 2u), f32(i & 2u));
    return Corner(vec4<f32>(uv.x * 2.0 - 1.0, 1.0 - uv.y * 2.0, 0.0, 1.0), uv);
}

fn pixel(x: i32, y: i32) -> vec3<f32> {
    let w = i32(picture.width);
    let h = i32(picture.height);
    let at = u32(clamp(y, 0, h - 1) * w + clamp(x, 0, w - 1));
    let plane = picture.width * picture.height;
    // Grey pictures read the same plane three times.
    let step = select(0u, plane, picture.channels == 3u);
    var rgb = vec3<f32>(values[at], values[at + step], values[at + 2u * step]);
    if picture.difference == 1u {
        rgb = rgb - vec3<f32>(others[at], others[at + step], others[at + 2u * step]) + 0.5;
    }
    return clamp((rgb - picture.low) / (picture.high - picture.low), vec3<f32>(0.0), vec3<f32>(1.0));
}

fn to_linear(c: vec3<f32>) -> vec3<f32> {
    return select(pow((c + 0.055) / 1.055, vec3<f32>(2.4)), c / 12.92, c <= vec3<f32>(0.04045));
}

@fragment fn fs_main(corner: Corner) -> @location(0) vec4<f32> {
    let size = vec2<f32>(f32(picture.width), f32(picture.height));
    var rgb: vec3<f32>;
    if picture.smooth_pixels == 1u {
        let p = corner.uv * size - 0.5;
        let base = floor(p);
        let f = p - base;
        let x = i32(base.x);
        let y = i32(base.y);
        let top = mix(pixel(x, y), pixel(x + 1, y), f.x);
        let bottom = mix(pixel(x, y + 1), pixel(x + 1, y + 1), f.x);
        rgb = mix(top, bottom, f.y);
    } else {
        let p = floor(corner.uv * size);
        rgb = pixel(i32(p.x), i32(p.y));
    }
    if picture.linear_target == 1u {
        rgb = to_linear(rgb);
    }
    return vec4<f32>(rgb, 1.0);
}
