// Package file follows log files. Each log reads as one endless stream of whole
// records, whatever happens to its files: no record is lost, none comes twice,
// and those of one file come in their order.
//
// # Identity
//
// A log is known by its content, never by its name: by the first KiB (less
// while it is shorter) and by the KiB before the place up to which it was read.
// Device and inode say which open file that is. So
//
//   - rename and create: the renamed file is read on until it was quiet for the
//     rotate wait, the new one under the old name is another log;
//   - delete and re-create, symlink swap: likewise;
//   - copytruncate: the bytes before the place read are gone or differ, so the
//     file starts anew. The copy, if the globs match it, starts with what was
//     already read and is continued from there, not read again;
//   - archives: .gz and .zst files (told by their first bytes) are known by
//     their uncompressed content, so the archive of a log that was read is not
//     read again, one that was read in part is continued, any other is read once;
//   - a file replaced by a longer version of itself (rsync) is continued;
//   - inode reuse: another content is another log.
//
// Two paths or globs that lead to one inode are one file.
//
// # Looking
//
// Files are polled, which works on every file system: each poll expands the
// globs (those of path/filepath; "**" has no special meaning) and looks at sizes
// and times. A poll is put off when polling would take more than a twentieth of
// the time. Files with news are read in turn, a block each.
//
// Files that are there at the first start are read beforehand: among them always
// the one with the oldest next event, so that event time advances about in order
// over rotated and over parallel logs alike.
//
// # Known limitations
//
//   - copytruncate loses by its nature what is written between the end of the
//     copy and the truncation, and what was not read before the copy, unless the
//     globs match the copy.
//   - A file that is created and moved out of the globs between two polls is
//     never seen. Match the rotated names too ("app.log*"): nothing is read twice.
//   - A rotated or deleted file that is written to again after it was quiet for
//     the rotate wait is not seen any more, unless the globs match its new name.
//   - A last line without a newline is held back until its end comes, because
//     writers pause in mid-line. It is delivered when the file was rotated and
//     stayed quiet, and at the end of an archive.
//   - A log that is a copy of what another one contains counts as that one until
//     they differ. A log written anew under its old name, with the same first KiB
//     and the same KiB before the place read, counts as the old one; one shorter
//     than a KiB does not.
//   - A restart in the middle of a line that is too long counts the rest of that
//     line as another rejected one.
//   - Above 512 files the longest quiet ones are not held open; if such a file
//     grows and leaves the globs between two polls, its last lines are lost.
package file
