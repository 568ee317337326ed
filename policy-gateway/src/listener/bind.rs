//! Opens a listener's socket.

use std::fmt;
use std::io;
use std::net;
use std::os::unix;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, UnixListener, UnixStream};

use super::{Address, SettingFault};

/// An open socket.
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// A connection of either kind, before a thread is chosen that serves it.
pub(super) enum Stream {
    Tcp(net::TcpStream),
    Unix(unix::net::UnixStream),
}

/// The file of a Unix socket. It is removed with this value, if it is still the same.
pub(super) struct SocketFile {
    path: PathBuf,
    mode: u32,
    identity: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // The next process may have put its own socket there.
        if identity(&self.path).is_ok_and(|identity| identity == self.identity) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Socket {
    pub(super) async fn open(address: &Address) -> Result<Self, BindError> {
        match address {
            Address::Tcp(socket) => {
                let opened = TcpListener::bind(socket).await;
                opened.map(Self::Tcp).map_err(|cause| BindError::System { address: address.clone(), cause })
            }
            Address::Unix { path, mode } => open_unix(path, *mode).await,
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // An answer is one small write, which nothing should hold back.
                let _ = stream.set_nodelay(true);
                stream.into_std().map(Stream::Tcp)
            }
            Self::Unix(listener, _) => listener.accept().await?.0.into_std().map(Stream::Unix),
        }
    }

    /// Where it listens, with the port that the system chose.
    pub(super) fn address(&self, asked: &Address) -> Address {
        match self {
            Self::Tcp(listener) => listener.local_addr().map_or_else(|_| asked.clone(), Address::Tcp),
            Self::Unix(_, file) => Address::Unix { path: file.path.clone(), mode: file.mode },
        }
    }
}

/// Makes the socket under another name, gives it its permissions, and moves it to its own. So nobody can connect to it before it has them,
/// and a stale socket is replaced without a moment in which there is none.
async fn open_unix(path: &Path, mode: u32) -> Result<Socket, BindError> {
    let address = Address::Unix { path: path.to_owned(), mode };
    let failed = |cause| BindError::System { address: address.clone(), cause };
    refuse_taken(path, &address).await?;
    let mut beside = path.as_os_str().to_owned();
    beside.push("~");
    let beside = PathBuf::from(beside);
    refuse_taken(&beside, &address).await?;
    if let Err(cause) = std::fs::remove_file(&beside)
        && cause.kind() != io::ErrorKind::NotFound
    {
        return Err(failed(cause));
    }
    let listener = UnixListener::bind(&beside).map_err(failed)?;
    let named = std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(mode))
        .and_then(|()| identity(&beside))
        .and_then(|identity| std::fs::rename(&beside, path).map(|()| identity));
    match named {
        Ok(identity) => Ok(Socket::Unix(listener, SocketFile { path: path.to_owned(), mode, identity })),
        Err(cause) => {
            let _ = std::fs::remove_file(&beside);
            Err(failed(cause))
        }
    }
}

/// What is at a path may be replaced if it is a socket on which nobody listens.
async fn refuse_taken(path: &Path, address: &Address) -> Result<(), BindError> {
    match std::fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(BindError::System { address: address.clone(), cause }),
        Ok(found) if !found.file_type().is_socket() => return Err(BindError::NoSocket(path.to_owned())),
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Err(cause) if cause.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(BindError::Taken(path.to_owned())),
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Why a listener could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum BindError {
    /// Its settings are not usable.
    Settings(Vec<SettingFault>),
    /// Somebody listens on the Unix socket, or may.
    Taken(PathBuf),
    /// What is at the path is no socket, and is not removed.
    NoSocket(PathBuf),
    /// The system refused.
    System {
        /// What should have been opened.
        address: Address,
        /// The system's error.
        cause: io::Error,
    },
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(faults) => {
                f.write_str("the listener's settings are not usable")?;
                faults.iter().try_for_each(|fault| write!(f, "; {}: {fault}", fault.setting))
            }
            Self::Taken(path) => {
                write!(f, "another process listens on `{}`: stop it, or choose another path", path.display())
            }
            Self::NoSocket(path) => {
                write!(f, "`{}` is there and is no socket: choose another path, or remove it", path.display())
            }
            Self::System { address, cause } => write!(f, "`{address}` could not be opened: {cause}"),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System { cause, .. } => Some(cause),
            Self::Settings(_) | Self::Taken(_) | Self::NoSocket(_) => None,
        }
    }
}
