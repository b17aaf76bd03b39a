//! A log of its own that has its heads cosigned by the server.

use metamorphic_log::note::{SignedNote, VerifierKey};
use rand_core::OsRng;
use signed_note::{Note, StandardSigner, generate_key};
use tlog_tiles::{Checkpoint, Error, Hash, HashReader, prove_tree, stored_hashes, tree_hash};

use crate::{Outcome, web, why};

/// Entry from which on the other history of the log is another.
const FORK: u64 = 290;

/// Makes the key of a log: the secret and the public part, a line each.
pub fn make_keys(name: &str, file: &str) -> Outcome<()> {
    let (secret, public) = generate_key(&mut OsRng, name);
    std::fs::write(file, format!("{secret}\n{public}\n")).map_err(why(file))
}

/// All hashes of a log.
struct Hashes(Vec<Hash>);

impl HashReader for Hashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let found = indexes.iter().map(|at| self.0.get(usize::try_from(*at).ok()?).copied());
        found.collect::<Option<_>>().ok_or(Error::IndexesNotInTree)
    }
}

/// A log with a key and two histories.
struct Log {
    origin: String,
    signer: StandardSigner,
}

impl Log {
    fn new(secret: &str) -> Outcome<Self> {
        let signer = StandardSigner::new(secret).map_err(why("the log's key"))?;
        let origin = secret.split('+').nth(2).ok_or("the log's key")?.to_owned();
        Ok(Self { origin, signer })
    }

    fn tree(size: u64, fork: bool) -> Outcome<Hashes> {
        let mut hashes = Hashes(Vec::new());
        for number in 0..size {
            let entry = format!("entry {number}{}", if fork && number >= FORK { "!" } else { "" });
            let more = stored_hashes(number, entry.as_bytes(), &hashes).map_err(why("the tree"))?;
            hashes.0.extend(more);
        }
        Ok(hashes)
    }

    fn note(&self, size: u64, fork: bool) -> Outcome<String> {
        let root = tree_hash(size, &Self::tree(size, fork)?).map_err(why("the root"))?;
        let head = Checkpoint::new(&self.origin, size, root, "").map_err(why("the head"))?;
        let mut note = Note::new(&head.to_bytes(), &[]).map_err(why("the note"))?;
        note.add_sigs(&[&self.signer]).map_err(why("the signature"))?;
        String::from_utf8(note.to_bytes()).map_err(why("the note"))
    }

    /// Body of `add-checkpoint`.
    fn question(&self, old: u64, size: u64, fork: bool) -> Outcome<String> {
        let mut body = format!("old {old}\n");
        if old > 0 {
            let tree = Self::tree(size, fork)?;
            for hash in prove_tree(size, old, &tree).map_err(why("the proof"))? {
                body += &format!("{hash}\n");
            }
        }
        Ok(body + "\n" + &self.note(size, fork)?)
    }
}

/// The server as a witness.
struct Server<'a> {
    url: String,
    key: &'a str,
}

impl Server<'_> {
    fn refuses(&self, what: &str, body: &str, status: u16) -> Outcome<()> {
        let answer = web::post(&self.url, body)?;
        if answer.status == status {
            println!("{what}: {status}");
            return Ok(());
        }
        Err(format!("{what}: {} in place of {status}: {:?}", answer.status, answer.text()))
    }

    fn stands(&self, what: &str, body: &str, size: u64) -> Outcome<()> {
        let answer = web::post(&self.url, body)?;
        let told = (answer.status, answer.kind.as_str(), answer.text()?);
        if told == (409, "text/x.tlog.size", format!("{size}\n").as_str()) {
            println!("{what}: 409 with {size}");
            return Ok(());
        }
        Err(format!("{what}: {told:?}"))
    }

    fn cosigns(&self, log: (&Log, &str), old: u64, size: u64) -> Outcome<()> {
        let (log, public) = log;
        let answer = web::post(&self.url, &log.question(old, size, false)?)?;
        let (status, line) = (answer.status, answer.text()?);
        if status != 200 {
            return Err(format!("{old} to {size}: {status}: {line}"));
        }
        let both = log.note(size, false)? + line;
        let note = SignedNote::parse(&both).map_err(why("the cosigned note"))?;
        let keys = [public, self.key].map(VerifierKey::parse);
        let [Ok(log), Ok(witness)] = keys else { return Err("a verifier key".to_owned()) };
        let verified = note.verify(&[log, witness]).map_err(why("the cosignature"))?;
        if verified.len() != 2 {
            return Err(format!("{} signatures hold:\n{both}", verified.len()));
        }
        println!("{old} to {size}: cosigned");
        Ok(())
    }
}

fn parties<'a>(url: &str, key: &'a str, file: &str) -> Outcome<(Server<'a>, Log, String)> {
    let keys = std::fs::read_to_string(file).map_err(why(file))?;
    let (secret, public) = keys.trim().split_once('\n').ok_or("the file of the keys")?;
    let server = Server { url: format!("{url}/log/add-checkpoint"), key };
    Ok((server, Log::new(secret)?, public.to_owned()))
}

/// The first time: what is cosigned, and everything that is not.
pub fn first(url: &str, key: &str, file: &str) -> Outcome<()> {
    let (server, log, public) = parties(url, key, file)?;
    let ours = (&log, public.as_str());
    server.stands("who begins elsewhere", &log.question(5, 7, false)?, 0)?;
    server.cosigns(ours, 0, 5)?;
    server.cosigns(ours, 5, 300)?;
    server.stands("a smaller head", &log.question(5, 200, false)?, 300)?;
    server.stands("the same size, another history", &log.question(300, 300, true)?, 300)?;
    server.refuses("another history", &log.question(300, 400, true)?, 422)?;
    let unproven = format!("old 300\n\n{}", log.note(301, false)?);
    server.refuses("no proof", &unproven, 422)?;
    let proof = log.question(300, 301, false)?;
    let longer = proof.replacen("\n\n", &format!("\n{}\n\n", tlog_tiles::EMPTY_HASH), 1);
    server.refuses("a longer proof", &longer, 422)?;
    let (secret, _) = generate_key(&mut OsRng, &log.origin);
    let stranger = Log::new(&secret)?;
    server.refuses("another key", &stranger.question(300, 301, false)?, 403)?;
    let (secret, _) = generate_key(&mut OsRng, "nobody.example/log");
    server.refuses("an unknown log", &Log::new(&secret)?.question(0, 5, false)?, 404)?;
    server.refuses("a greater old size", &format!("old 302\n\n{}", log.note(301, false)?), 400)?;
    server.refuses("no question", "hello", 400)?;
    let many = format!("old 300\n{}\n", format!("{}\n", tlog_tiles::EMPTY_HASH).repeat(64));
    server.refuses("64 lines of proof", &(many + &log.note(301, false)?), 400)?;
    server.cosigns(ours, 300, 301)?;
    server.cosigns(ours, 301, 301)
}

/// After a restart it stands where it stood.
pub fn again(url: &str, key: &str, file: &str) -> Outcome<()> {
    let (server, log, public) = parties(url, key, file)?;
    server.stands("from the beginning", &log.question(0, 5, false)?, 301)?;
    server.refuses("another history", &log.question(301, 400, true)?, 422)?;
    server.cosigns((&log, public.as_str()), 301, 1_000)
}
