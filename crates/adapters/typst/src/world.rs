//! Everything that a template can reach.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

/// The library and the fonts, which no document changes.
struct Shipped {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    let fonts: Vec<Font> =
        typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data))).collect();
    Shipped {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

/// What every template imports.
const SHEET: &str = include_str!("../templates/page.typ");

/// A template with its files.
pub(crate) struct PageWorld {
    main: Source,
    sheet: Source,
    files: Vec<(FileId, Bytes)>,
}

fn file_id(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("names of our own files are plain");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

impl PageWorld {
    /// The world of one document.
    pub(crate) fn new(template: &str, files: Vec<(&str, Vec<u8>)>) -> Self {
        let files =
            files.into_iter().map(|(name, bytes)| (file_id(name), Bytes::new(bytes))).collect();
        let source = |name, text: &str| Source::new(file_id(name), text.to_owned());
        Self { main: source("/main.typ", template), sheet: source("/page.typ", SHEET), files }
    }

    fn missing(id: FileId) -> FileError {
        FileError::Other(Some(format!("there is no {}", id.vpath().get_with_slash()).into()))
    }
}

impl World for PageWorld {
    fn library(&self) -> &LazyHash<Library> {
        &SHIPPED.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &SHIPPED.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let known = [&self.main, &self.sheet].into_iter().find(|source| source.id() == id);
        known.cloned().ok_or_else(|| Self::missing(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|(name, _)| *name == id);
        found.map(|(_, bytes)| bytes.clone()).ok_or_else(|| Self::missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        SHIPPED.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
