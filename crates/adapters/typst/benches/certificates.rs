//! What one certificate costs, warm: `cargo bench -p erynoa-typst`.

use divan::Bencher;
use erynoa_documents::contract as sample;
use erynoa_typst::TypstRenderer;

fn main() {
    divan::main();
}

/// Every one of them is of somebody else, as on a server.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn certificate(bencher: Bencher<'_, '_>) {
    let renderer = TypstRenderer::new();
    let mut number = 0_u32;
    renderer.render_here(&sample::page("Warm-up").into()).expect("the sample is a certificate");
    bencher.bench_local(|| {
        number += 1;
        renderer.render_here(&sample::page(&format!("Person {number}")).into())
    });
}
