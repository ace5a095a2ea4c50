// The X.509 library, with what it needs of Reflect in place.
import 'reflect-metadata'

export * from '@peculiar/x509'
