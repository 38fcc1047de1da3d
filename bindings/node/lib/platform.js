// Where this runs, in the words of the platform packages: `linux-x64-gnu`, `darwin-arm64`.

export function platform() {
  const { platform, arch, report } = process
  if (platform === 'win32') return `win32-${arch}-msvc`
  if (platform !== 'linux') return `${platform}-${arch}`
  return `linux-${arch}-${report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'}`
}
