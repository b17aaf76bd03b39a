//! The pages as pictures, compared with those that have been looked at:
//! `ERYNOA_TAKE_PICTURES=1 cargo test -p erynoa-typst` takes them anew.

use std::path::PathBuf;

use erynoa_documents::contract::{credential, page_of, report_page, reports};
use erynoa_documents::{Language, Page};
use erynoa_typst::TypstRenderer;
use typst_render::RenderOptions;

/// Mean difference of a channel that is still the same page, of 255.
const MOST_DIFFERENCE: f64 = 2.0;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures"))
}

fn compare(what: &str, page: &Page) {
    let document = TypstRenderer::new().pages(page).unwrap();
    for (index, page) in document.pages().iter().enumerate() {
        let picture = typst_render::render(page, &RenderOptions::default());
        let name = format!("{what}-{}.png", index + 1);
        let path = folder().join(&name);
        if std::env::var_os("ERYNOA_TAKE_PICTURES").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, picture.encode_png().unwrap()).unwrap();
        }
        let kept = std::fs::read(&path).unwrap();
        let kept = tiny_skia::Pixmap::decode_png(&kept).unwrap();
        assert_eq!((kept.width(), kept.height()), (picture.width(), picture.height()), "{name}");
        let pairs = kept.data().iter().zip(picture.data());
        let total: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        #[expect(clippy::cast_precision_loss, reason = "far below 2⁵²")]
        let mean = total as f64 / kept.data().len() as f64;
        assert!(mean <= MOST_DIFFERENCE, "{name} differs by {mean:.2} of 255 on average");
    }
}

#[test]
fn the_pages_look_as_they_were_looked_at() {
    for language in [Language::En, Language::De] {
        let tag = language.tag();
        compare(&format!("certificate-{tag}"), &page_of(credential(), language).into());
        for report in reports() {
            let what = format!("{}-{tag}", report.kind());
            compare(&what, &report_page(report, language).into());
        }
    }
}
