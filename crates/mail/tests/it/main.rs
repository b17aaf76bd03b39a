//! Laws of mail: what is a message, what is none, and what it says.

mod contract;
mod invitations;
mod letters;
mod messages;
