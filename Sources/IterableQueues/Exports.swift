// Codecs are part of what this module offers: `codec: .raw()`, `.json()`, or the user's own.
@_exported public import ItemCoding
