//! What the identity provider's port promises: on a real provider, and on one
//! that forges tokens. What the administration of users promises: on a strict
//! stand-in for ZITADEL.

mod accepted;
mod availability;
mod forge;
mod forged;
mod people;
mod real;
mod real_flow;
mod stand_in;
mod web;
