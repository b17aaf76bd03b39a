//! The server as its clients see it: a real one, in this process, on a free
//! port, with its data in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod authorisation;
mod bad_input;
mod certificates_survive;
mod copying;
mod documents;
mod erasure;
mod error_pages;
mod faults;
mod generated;
mod government;
mod house;
mod invitations;
mod lasting_identity;
mod limits;
mod main_job;
mod notifications;
mod oidc;
mod peers;
mod protection;
mod rest;
mod seat;
mod services;
mod several_gateways;
mod signed;
mod storage;
mod together;
mod users;
mod witness;
mod workflows;
