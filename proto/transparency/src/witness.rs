//! A witness of the server's log: C2SP tlog-witness, from its text.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use metamorphic_crypto::ed25519_public_key;
use metamorphic_log::note::{SignedNote, VerifierKey, sign_cosignature_ed25519};
use tiny_http::{Header, Method, Request, Response, Server};
use tlog_tiles::{Checkpoint, Hash, check_tree};

use crate::{Outcome, why};

/// Secret key of the witness; it guards nothing.
const SEED: [u8; 32] = [42; 32];

struct Witness<'a> {
    name: &'a str,
    log: VerifierKey,
    cosigned: HashMap<String, (u64, Hash)>,
}

enum Answer {
    Line(String),
    Stands(u64),
    Refused(u16),
}

impl Witness<'_> {
    fn answer(&mut self, body: &str) -> Answer {
        let Some((question, note)) = body.split_once("\n\n") else { return Answer::Refused(400) };
        let mut lines = question.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")?.parse::<u64>().ok());
        let proof: Result<Vec<_>, _> = lines.map(Hash::parse_hash).collect();
        let (Some(old), Ok(proof)) = (old, proof) else { return Answer::Refused(400) };
        let Ok(note) = SignedNote::parse(note) else { return Answer::Refused(400) };
        let Ok(head) = Checkpoint::from_bytes(note.text().as_bytes()) else {
            return Answer::Refused(400);
        };
        if head.origin() != self.log.name() {
            return Answer::Refused(404);
        }
        if note.verify(std::slice::from_ref(&self.log)).is_err() {
            return Answer::Refused(403);
        }
        if old > head.size() || proof.len() > 63 {
            return Answer::Refused(400);
        }
        let last = self.cosigned.get(head.origin());
        let size = last.map_or(0, |(size, _)| *size);
        if old != size {
            return Answer::Stands(size);
        }
        match last {
            None if !proof.is_empty() => return Answer::Refused(422),
            Some((_, root)) if size == head.size() && root != head.hash() => {
                return Answer::Stands(size);
            }
            Some((_, root))
                if check_tree(&proof, head.size(), *head.hash(), size, *root).is_err() =>
            {
                return Answer::Refused(422);
            }
            _ => {}
        }
        self.cosigned.insert(head.origin().to_owned(), (head.size(), *head.hash()));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        match sign_cosignature_ed25519(note.text(), self.name, &SEED, now) {
            Ok(line) => Answer::Line(format!("{}\n", line.marshal_line())),
            Err(_) => Answer::Refused(500),
        }
    }
}

fn respond(request: Request, answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::Line(line) => request.respond(Response::from_string(line)),
        Answer::Stands(size) => {
            let kind = Header::from_bytes("Content-Type", "text/x.tlog.size");
            let told = Response::from_string(format!("{size}\n")).with_status_code(409);
            request.respond(told.with_header(kind.expect("letters and a slash")))
        }
        Answer::Refused(status) => request.respond(Response::empty(status)),
    }
}

/// Serves at a free port of this machine until it is ended; writes its address
/// and verifier key to `file`.
pub fn serve(name: &str, log: &str, file: &str) -> Outcome<()> {
    let log = VerifierKey::parse(log).map_err(why("the log's key"))?;
    let server = Server::http("127.0.0.1:0").map_err(why("no port"))?;
    let address = server.server_addr().to_ip().ok_or("no address")?;
    let public = ed25519_public_key(&SEED).map_err(why("the key"))?;
    let key = VerifierKey::new_cosignature_ed25519(name, &public).map_err(why("the key"))?;
    let told = format!("http://{address}\n{}\n", key.encode());
    // Whoever waits for the file finds it whole.
    let unfinished = format!("{file}.new");
    std::fs::write(&unfinished, told).map_err(why(file))?;
    std::fs::rename(&unfinished, file).map_err(why(file))?;
    let mut witness = Witness { name, log, cosigned: HashMap::new() };
    for mut request in server.incoming_requests() {
        let is_question = *request.method() == Method::Post && request.url() == "/add-checkpoint";
        let mut body = String::new();
        let read = request.as_reader().read_to_string(&mut body);
        let answer = match read {
            Ok(_) if is_question => witness.answer(&body),
            Ok(_) => Answer::Refused(404),
            Err(_) => Answer::Refused(400),
        };
        respond(request, answer).map_err(why("answer"))?;
    }
    Ok(())
}
