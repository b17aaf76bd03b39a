//! A zip file with a manifest.

use std::io::{Cursor, Write as _};

use erynoa_kernel::Problem;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip file that is being written, in memory.
pub(super) struct Archive {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    entries: Vec<Value>,
    left_out: Vec<Value>,
}

impl Default for Archive {
    fn default() -> Self {
        let zip = ZipWriter::new(Cursor::default());
        Self { zip, entries: Vec::new(), left_out: Vec::new() }
    }
}

impl Archive {
    /// Adds an entry.
    pub(super) fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), Problem> {
        self.write(path, bytes)?;
        let blake3 = blake3::hash(bytes).to_hex().to_string();
        self.entries.push(json!({ "path": path, "size": bytes.len(), "blake3": blake3 }));
        Ok(())
    }

    /// Names an entry that does not fit.
    pub(super) fn leave_out(&mut self, path: &str, size: u64) {
        self.left_out.push(json!({ "path": path, "size": size }));
    }

    /// The whole, with its manifest.
    pub(super) fn end(mut self, at_us: u64) -> Result<Vec<u8>, Problem> {
        let manifest = json!({
            "format": "erynoa-data-export-1",
            "made_at_us": at_us,
            "entries": self.entries,
            "left_out": self.left_out,
        });
        self.write("manifest.json", format!("{manifest:#}").as_bytes())?;
        Ok(self.zip.finish().map_err(Problem::internal)?.into_inner())
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), Problem> {
        // Most of it is pictures, which do not become smaller.
        let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        self.zip.start_file(path, plain).map_err(Problem::internal)?;
        self.zip.write_all(bytes).map_err(Problem::internal)
    }
}
