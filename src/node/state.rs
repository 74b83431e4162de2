//! The state folder: versioned files sealed under the node's key, replaced by atomic rename.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Version of the files; a file of another version is as good as none.
const VERSION: u8 = 1;
/// Name of the key's file.
pub const KEY_FILE: &str = "node.key";
/// Key and node name.
const KEY_BYTES: usize = 32 + NAME_BYTES;
/// Random bytes of a node's name.
const NAME_BYTES: usize = 6;

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key's file is not one.
    #[error("{0} is not a node key; move the state folder away to start anew")]
    Key(PathBuf),
}

impl StateError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}

/// An open state folder.
pub struct State {
    folder: PathBuf,
    key: LessSafeKey,
    name: String,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "State({})", self.folder.display())
    }
}

impl State {
    /// Opens the folder; makes it and its key on the first call.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        fs::create_dir_all(folder).map_err(|e| StateError::file(folder, e))?;
        let path = folder.join(KEY_FILE);
        if !path.exists() {
            let bytes = super::keys::random::<KEY_BYTES>();
            replace(&path, &bytes).map_err(|e| StateError::file(&path, e))?;
        }
        let bytes = fs::read(&path).map_err(|e| StateError::file(&path, e))?;
        if bytes.len() != KEY_BYTES {
            return Err(StateError::Key(path));
        }
        let (key, name) = bytes.split_at(32);
        let key = UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are a key");
        let name = crate::domain::hex::hex(name);
        Ok(Self { folder: folder.to_owned(), key: LessSafeKey::new(key), name })
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The node's name, which is made with its key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads a sealed file. None when there is none, or none that this node and version wrote.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StateError> {
        let path = self.folder.join(name);
        let mut bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StateError::file(&path, error)),
        };
        let opened = self.open_sealed(name, &mut bytes);
        if opened.is_none() {
            tracing::error!(
                file = name,
                "sealed file is ignored and had anew from the database: it is damaged, of another version, or sealed \
                 under another node.key than this folder's"
            );
        }
        Ok(opened.and_then(|text| serde_json::from_slice(text).ok()))
    }

    fn open_sealed<'a>(&self, name: &str, bytes: &'a mut [u8]) -> Option<&'a [u8]> {
        let (head, sealed) = bytes.split_at_mut_checked(1 + NONCE_LEN)?;
        if head[0] != VERSION {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(&head[1..]).ok()?;
        let text = self.key.open_in_place(nonce, Aad::from(name.as_bytes()), sealed).ok()?;
        Some(text)
    }

    /// Writes a sealed file: whole or not at all.
    pub fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StateError> {
        let mut sealed = serde_json::to_vec(value).expect("plain data");
        let nonce = super::keys::random::<NONCE_LEN>();
        let aad = Aad::from(name.as_bytes());
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .expect("far below the limit of the cipher");
        let mut bytes = Vec::with_capacity(1 + NONCE_LEN + sealed.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        let path = self.folder.join(name);
        replace(&path, &bytes).map_err(|e| StateError::file(&path, e))
    }
}

/// Replaces a file by rename; only the owner may read it.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = path.with_extension("next");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_file_is_read_by_its_node_under_its_name_only() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        state.write("plan", &vec![1, 2, 3]).unwrap();
        assert_eq!(state.read::<Vec<u8>>("plan").unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(state.read::<Vec<u8>>("keys").unwrap(), None);
        fs::copy(folder.path().join("plan"), folder.path().join("keys")).unwrap();
        assert_eq!(state.read::<Vec<u8>>("keys").unwrap(), None);
        let again = State::open(folder.path()).unwrap();
        assert_eq!(again.read::<Vec<u8>>("plan").unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(again.name, state.name);
        let other = tempfile::tempdir().unwrap();
        let foreign = State::open(other.path()).unwrap();
        fs::copy(folder.path().join("plan"), other.path().join("plan")).unwrap();
        assert_eq!(foreign.read::<Vec<u8>>("plan").unwrap(), None);
    }
}
