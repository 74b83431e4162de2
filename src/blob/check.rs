//! Whether bytes that a store gave are the approved ones.

use super::pack::{ScriptsIndex, sha256};

impl ScriptsIndex {
    /// Says what is wrong with the bytes of a block.
    pub fn check(&self, number: u64, block: &[u8]) -> Result<(), String> {
        if self.block(number) == Some(sha256(block).as_slice()) {
            return Ok(());
        }
        Err(format!("block {number} does not match its digest"))
    }
}
