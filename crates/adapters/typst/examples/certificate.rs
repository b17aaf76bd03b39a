//! Writes the sealed PDF of the test vectors:
//! `cargo run -p erynoa-typst --example certificate -- proto/testdata/certificate.pdf [en|de]`.

use erynoa_documents::contract as sample;
use erynoa_documents::{Language, seal};
use erynoa_typst::TypstRenderer;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the path to write to");
    let language = arguments.next().and_then(|tag| Language::from_tag(&tag));
    let page = sample::page_of(sample::credential(), language.unwrap_or(Language::En));
    let pdf = TypstRenderer::new().render_here(&page.into()).expect("the sample can be set");
    let sealed = seal(&pdf, &sample::key()).expect("a PDF has an end");
    std::fs::write(path, sealed).expect("the file can be written");
}
