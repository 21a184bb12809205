export { openPiece, PieceError, type Piece } from './open-piece.js';
export { holesUnder, placePiece, type Hole } from './place-piece.js';
export { storePlaced, type StoreOptions } from './store-piece.js';
